import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How long anything that a test waits for may take, before the test says what was missing. */
const PATIENCE_MS = 60_000;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under test: its lines as they come, and an end that cannot be forgotten. */
export class TestProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Finished>;
  readonly #patienceMs: number;
  #stdout = "";
  #stderr = "";
  #finished: Finished | undefined;
  #failure: unknown;
  readonly #watchers = new Set<() => void>();

  constructor(
    command: string,
    args: readonly string[],
    options: {
      readonly cwd?: string;
      readonly input?: string;
      readonly env?: Readonly<Record<string, string>>;
      /** How long to wait for its output or end, in ms, where a minute is not enough. */
      readonly patienceMs?: number;
    } = {},
  ) {
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: "1", ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own: what npx starts must go when the test does.
      detached: process.platform !== "win32",
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stdin?.end(options.input ?? "");
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    this.#ended = once(this.#child, "close").then(([code, signal]) => {
      this.#finished = { code, signal, stdout: this.#stdout, stderr: this.#stderr };
      this.#changed();
      return this.#finished;
    });
    // There is no such command, say. Whoever waits for output or end is told at once.
    this.#ended.catch((error: unknown) => {
      this.#failure = error;
      this.#changed();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it has ended; undefined as long as it runs. */
  get finished(): Finished | undefined {
    return this.#finished;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Complete lines of stdout so far. */
  get lines(): readonly string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }

  /** The first match in stdout, waiting for it. */
  async match(pattern: RegExp): Promise<RegExpExecArray> {
    const found = await this.until(() => pattern.exec(this.#stdout) ?? undefined, String(pattern));
    return found;
  }

  /** What `probe` finds in the output, asked again with every piece of it. */
  until<T>(probe: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail("in time"), this.#patienceMs);
      const look = (): void => {
        const found = probe();
        if (found !== undefined) {
          release();
          resolve(found);
        } else if (this.#failure !== undefined) {
          release();
          reject(this.#failure);
        } else if (this.#finished !== undefined) {
          fail(`before it ended with ${this.#finished.signal ?? this.#finished.code}`);
        }
      };
      const release = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const fail = (when: string): void => {
        release();
        reject(new Error(`no ${what} ${when}\nstdout:\n${this.#stdout}\nstderr:\n${this.#stderr}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** To the process and all that it has started. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#finished !== undefined) return;
    try {
      if (process.platform === "win32") this.#child.kill(name);
      else process.kill(-pid, name);
    } catch (error) {
      // Gone in this very moment.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  async end(): Promise<Finished> {
    return this.until(() => this.#finished, "end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended.catch(() => {});
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Runs a command to its end. */
export async function runToEnd(...args: ConstructorParameters<typeof TestProcess>): Promise<Finished> {
  await using process = new TestProcess(...args);
  return await process.end();
}
