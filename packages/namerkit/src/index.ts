export { runCommandLine } from "./command-line.js";
export { CommandError, type Console, ExitCode } from "./console.js";
export { officialRegistry } from "./registry.js";
