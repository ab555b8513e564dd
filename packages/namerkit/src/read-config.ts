import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { type ConfigSource, loadConfig, type Plan, type Problem } from "@namerkit/config";
import { messageOf } from "@namerkit/core";
import { CommandError, type Console, ExitCode } from "./console.js";
import { namingEnv, systemResolver } from "./naming.js";
import { officialRegistry } from "./registry.js";

/** Far beyond any configuration, and small enough not to hurt. */
const MAX_STDIN_BYTES = 16 * 1024 * 1024;

export interface ReadConfig {
  readonly plan: Plan | undefined;
  readonly problems: readonly Problem[];
  /** What has been read. */
  readonly source: ConfigSource;
}

/** Loads the configuration in a file, or on standard input if the name is "-". Plug-ins are built, too, to see whether they can be. */
export async function readConfig(file: string, console: Console): Promise<ReadConfig> {
  const fromStdin = file === "-";
  const text = fromStdin ? await readAll(console.stdin) : await readText(resolve(console.cwd, file));
  const baseDir = fromStdin ? console.cwd : dirname(resolve(console.cwd, file));
  const source = { text, file: fromStdin ? "<stdin>" : file, baseDir };
  const closing = new AbortController();
  try {
    const build = { envFor: namingEnv(baseDir, closing.signal), inet: systemResolver() };
    return { ...(await loadConfig(source, officialRegistry(), { build })), source };
  } finally {
    closing.abort();
  }
}

/** As readConfig, for commands that cannot go on with a bad configuration: problems go to stderr, errors end the command. */
export async function requireConfig(file: string, console: Console): Promise<Plan> {
  return (await requireRead(file, console)).plan;
}

/** As requireConfig, with what has been read. */
export async function requireRead(file: string, console: Console): Promise<ReadConfig & { readonly plan: Plan }> {
  const { plan, problems, source } = await readConfig(file, console);
  for (const problem of problems) console.stderr.write(`${showProblem(problem)}\n`);
  if (plan !== undefined) return { plan, problems, source };
  const errors = problems.filter((problem) => problem.severity === "error").length;
  throw new CommandError(ExitCode.failed, `${file} has ${errors} ${errors === 1 ? "error" : "errors"}.`);
}

/** `file:line:col: path: message`, with what to do about it on a line of its own. */
export function showProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.col}`;
  const path = problem.path === "" ? "" : ` ${problem.path}:`;
  const warning = problem.severity === "warning" ? " warning:" : "";
  const hint = problem.hint === undefined ? "" : `\n    ${problem.hint}`;
  return `${where}:${path}${warning} ${problem.message} [${problem.code}]${hint}`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(ExitCode.failed, `cannot read the configuration: ${messageOf(error)}`);
  }
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_STDIN_BYTES) {
      throw new CommandError(ExitCode.failed, "standard input is larger than 16 MB; that is no configuration.");
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
