import {
  type BoundName,
  type Closable,
  closeAll,
  Dtab,
  isNamerError,
  type NameTree,
  Path,
  type State,
  statusesOf,
} from "@namerkit/core";
import { milliseconds } from "../commands/command.js";
import { type Console, usageError } from "../console.js";
import { type Naming, namingOf } from "../naming.js";
import { requireConfig } from "../read-config.js";

/** The options that `bind` and `delegate` share. */
export const bindOptions = {
  router: { type: "string" },
  dtab: { type: "string" },
  timeout: { type: "string" },
  json: { type: "boolean", default: false },
} as const;
export const bindPositionals = ["CONFIG", "PATH"] as const;

export interface BindValues {
  readonly router?: string | undefined;
  readonly dtab?: string | undefined;
  readonly timeout?: string | undefined;
}

/** One name to be bound through one router of a configuration. */
export class BindSession implements Disposable {
  readonly naming: Naming;
  readonly path: Path;
  /** The router's dtab with what `--dtab` adds, as a request's local dtab would be. */
  readonly dtab: Dtab;
  readonly timeoutMs: number;

  private constructor(naming: Naming, path: Path, dtab: Dtab, timeoutMs: number) {
    this.naming = naming;
    this.path = path;
    this.dtab = dtab;
    this.timeoutMs = timeoutMs;
  }

  static async open(
    positionals: readonly [string, string],
    values: BindValues,
    console: Console,
  ): Promise<BindSession> {
    // The command line first: a typing mistake should not have to wait for a configuration to be read.
    const path = parsed("PATH", positionals[1], Path.parse);
    const local = values.dtab === undefined ? Dtab.empty : parsed("--dtab", values.dtab, Dtab.parse);
    const timeoutMs = milliseconds("--timeout", values.timeout, 10_000);
    const plan = await requireConfig(positionals[0], console);
    const naming = namingOf(plan, values.router);
    return new BindSession(naming, path, naming.router.dtab.concat(local), timeoutMs);
  }

  [Symbol.dispose](): void {
    this.naming[Symbol.dispose]();
  }

  /** Follows the outer level; with each pending state, what the namers concerned last complained about. */
  observe(fn: (state: State<NameTree<BoundName>>, cause: string | null) => void): Closable {
    const { interpreter, mounted } = this.naming;
    let state: State<NameTree<BoundName>> = { status: "pending" };
    let cause: string | null = null;
    const statuses = statusesOf(this.dtab, this.path, mounted);
    const binding = interpreter.bind(this.dtab, this.path).run.observe((next) => {
      state = next;
      fn(state, cause);
    });
    const causes = statuses.observe((all) => {
      cause = all.map((status) => status.lastError?.message).find((message) => message !== undefined) ?? null;
      if (state.status === "pending") fn(state, cause);
    });
    return closeAll(binding, causes);
  }
}

function parsed<T>(what: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (isNamerError(error)) throw usageError(`${what} "${text}": ${error.message}`);
    throw error;
  }
}
