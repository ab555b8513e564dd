import { configJsonSchema } from "@namerkit/config";
import { ExitCode } from "../console.js";
import { officialRegistry } from "../registry.js";
import { type Command, parseCommand } from "./command.js";

export const schemaCommand: Command = {
  name: "schema",
  usage: "schema",
  summary:
    "Prints the JSON Schema of the configuration, for editors.\nName it in the first line of a file: # yaml-language-server: $schema=namerkit.schema.json",
  async run(args, console) {
    parseCommand(args, {}, []);
    console.stdout.write(`${JSON.stringify(await configJsonSchema(officialRegistry()), null, 2)}\n`);
    return ExitCode.ok;
  },
};
