import process from "node:process";
import { runCommandLine } from "./command-line.js";

// The exit code is set, not forced, so that what is still on its way to a pipe gets there.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  cwd: process.cwd(),
});
