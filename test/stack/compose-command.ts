import { type Finished, runToEnd } from "../support/process.js";

/** The two programs that run compose files, the newer one first. */
const programs = [["docker", "compose"], ["docker-compose"]] as const;

export type RunCompose = (
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly patienceMs?: number },
) => Promise<Finished>;

/** Finds the program there is. Rejects, saying what is missing, if there is none or no engine behind it. */
export async function findCompose(cwd: string): Promise<RunCompose> {
  const tried: string[] = [];
  for (const [program, ...first] of programs) {
    const run: RunCompose = (args, options) => runToEnd(program, [...first, ...args], { cwd, ...options });
    // `ps` asks the engine, which `version` does not.
    const problem = await problemOf(run, ["ps"]);
    if (problem === undefined) return run;
    tried.push(`${[program, ...first].join(" ")}: ${problem}`);
  }
  throw new Error(
    `NAMERKIT_STACK=compose needs Docker with compose, and an engine that runs; unset it to test with plain processes.\n${tried.join("\n")}`,
  );
}

async function problemOf(run: RunCompose, args: readonly string[]): Promise<string | undefined> {
  try {
    const { code, signal, stdout, stderr } = await run(args, { env: {} });
    if (code === 0) return undefined;
    return (stderr.trim() || stdout.trim() || `ended with ${signal ?? code}`).split("\n").slice(-3).join(" ");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
