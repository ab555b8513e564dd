import { messageOf } from "@namerkit/core";
import { bindCommand } from "./commands/bind.js";
import { checkCommand } from "./commands/check.js";
import type { Command } from "./commands/command.js";
import { delegateCommand } from "./commands/delegate.js";
import { demoCommand } from "./commands/demo.js";
import { proxyCommand } from "./commands/proxy.js";
import { schemaCommand } from "./commands/schema.js";
import { CommandError, type Console, ExitCode } from "./console.js";
import { version } from "./version.js";

const commands: readonly Command[] = [
  proxyCommand,
  checkCommand,
  bindCommand,
  delegateCommand,
  schemaCommand,
  demoCommand,
];

/** Runs one command line, without the `node` and script parts of argv, and says what to exit with. */
export async function runCommandLine(argv: readonly string[], console: Console): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    (name === undefined ? console.stderr : console.stdout).write(usage());
    return name === undefined ? ExitCode.usage : ExitCode.ok;
  }
  if (name === "--version" || name === "-v") {
    console.stdout.write(`${version}\n`);
    return ExitCode.ok;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    console.stderr.write(`namerkit: there is no command "${name}".\n\n${usage()}`);
    return ExitCode.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    console.stdout.write(`usage: namerkit ${command.usage}\n\n${command.summary}\n`);
    return ExitCode.ok;
  }
  try {
    return await command.run(rest, console);
  } catch (error) {
    if (!(error instanceof CommandError)) {
      console.stderr.write(`namerkit ${name}: ${messageOf(error)}\n`);
      return ExitCode.failed;
    }
    console.stderr.write(`namerkit ${name}: ${error.message}\n`);
    if (error.exitCode === ExitCode.usage) console.stderr.write(`usage: namerkit ${command.usage}\n`);
    return error.exitCode;
  }
}

function usage(): string {
  const width = Math.max(...commands.map((one) => one.name.length));
  const lines = commands.map((one) => `  ${one.name.padEnd(width)}  ${one.summary.split("\n")[0]}`);
  return `usage: namerkit COMMAND [ARGUMENT ...]\n\n${lines.join("\n")}\n\nnamerkit COMMAND --help says more.\n`;
}
