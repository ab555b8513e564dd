import type { Plan, Problem } from "@namerkit/config";
import { type Logger, type Metrics, messageOf, toNamerError } from "@namerkit/core";
import type { ReloadOutcome, ReloadProblem } from "./outcome.js";

/** Reads the configuration anew: what `loadConfig` finds. What it throws is told as the one problem. */
export type ReadPlan = () => Promise<{ readonly plan: Plan | undefined; readonly problems: readonly Problem[] }>;

export interface ReloadsEnv {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Absent: there is nothing to read. */
  readonly read?: ReadPlan | undefined;
  /** Makes a plan the running one. */
  apply(plan: Plan): Promise<ReloadOutcome>;
}

/** One reload after the other; each is logged and counted. */
export class Reloads {
  readonly #env: ReloadsEnv;
  readonly #ok;
  readonly #failed;
  #last: Promise<unknown> = Promise.resolve();
  /** Has not begun to read yet, so that it does for whoever asks now. */
  #next: Promise<ReloadOutcome> | undefined;

  constructor(env: ReloadsEnv) {
    this.#env = env;
    const scope = env.metrics.scope("config", "reload");
    this.#ok = scope.counter("ok");
    this.#failed = scope.counter("failed");
  }

  /** Never rejects. */
  reload(plan?: Plan): Promise<ReloadOutcome> {
    if (plan !== undefined) return this.#after(() => this.#env.apply(plan));
    this.#next ??= this.#after(() => {
      this.#next = undefined;
      return this.#readAndApply();
    });
    return this.#next;
  }

  #after(work: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    const outcome = this.#last
      .then(work)
      .catch((thrown: unknown) => failedBy(thrown))
      .then(this.#told);
    this.#last = outcome;
    return outcome;
  }

  async #readAndApply(): Promise<ReloadOutcome> {
    const { read } = this.#env;
    if (read === undefined) return failed("PROXY_RELOAD", "this proxy was started without a configuration file");
    const { plan, problems } = await read();
    const warnings = problems.filter(({ severity }) => severity === "warning").map(shown);
    if (plan === undefined) {
      const errors = problems.filter(({ severity }) => severity === "error");
      return { ok: false, problems: errors.map(({ severity: _, ...problem }) => problem) };
    }
    const outcome = await this.#env.apply(plan);
    return outcome.ok ? { ...outcome, warnings: [...warnings, ...outcome.warnings] } : outcome;
  }

  readonly #told = (outcome: ReloadOutcome): ReloadOutcome => {
    const { log } = this.#env;
    if (outcome.ok) {
      this.#ok.add();
      const { routers, namers, telemeters, warnings } = outcome;
      for (const warning of warnings) log.warn({}, `reload: ${warning}`);
      log.info({ routers, namers, telemeters }, "reload: the new configuration is in use");
    } else {
      this.#failed.add();
      for (const problem of outcome.problems) log.error({ code: problem.code }, `reload: ${shown(problem)}`);
      log.error({}, "reload: the configuration stays as it was");
    }
    return outcome;
  };
}

export function failed(code: string, message: string, path = ""): ReloadOutcome {
  return { ok: false, problems: [{ path, code, message }] };
}

/** What was thrown, as the problem at a place of the document. */
export function failedBy(thrown: unknown, path = ""): ReloadOutcome {
  return failed(toNamerError(thrown, "PROXY_RELOAD").code, messageOf(thrown), path);
}

function shown({ file, line, col, path, message, code }: ReloadProblem): string {
  const where = file === undefined ? "" : `${file}:${line}:${col}: `;
  return `${where}${path === "" ? "" : `${path}: `}${message} [${code}]`;
}
