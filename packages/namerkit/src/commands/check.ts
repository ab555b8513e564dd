import { ExitCode } from "../console.js";
import { readConfig, showProblem } from "../read-config.js";
import { type Command, parseCommand } from "./command.js";

export const checkCommand: Command = {
  name: "check",
  usage: "check CONFIG [--json]",
  summary: "Checks a configuration without opening a socket.\nExits with 0 if it would run, 1 if not.",
  async run(args, console) {
    const { values, positionals } = parseCommand(args, { json: { type: "boolean", default: false } }, ["CONFIG"]);
    const { plan, problems } = await readConfig(positionals[0], console);
    if (values.json) {
      const list = problems.map(({ file, line, col, path, severity, code, message, hint }) => ({
        file,
        line,
        col,
        path,
        severity,
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
      }));
      console.stdout.write(`${JSON.stringify(list)}\n`);
    } else {
      for (const problem of problems) console.stdout.write(`${showProblem(problem)}\n`);
      if (problems.length === 0) console.stderr.write("no problems found\n");
    }
    return plan === undefined ? ExitCode.failed : ExitCode.ok;
  },
};
