import type { RouterPlan } from "@namerkit/config";
import {
  type Clock,
  type Closable,
  type Interpreter,
  type Logger,
  type MountedNamer,
  NamerError,
} from "@namerkit/core";
import type { AssembledRouter } from "../assembly.js";
import { Router, type RouterEnv } from "../router/router.js";
import type { Reporting } from "../telemetry/telemetry.js";
import type { Mount } from "./mount.js";
import type { Shared } from "./shared.js";
import type { Tenancy } from "./shared-scopes.js";

/** How long those whose answer was an error at the very end may take to read it. */
const lastAnswersMs = 1_000;

export interface GenerationEnv extends Omit<RouterEnv, "metrics"> {
  readonly tenancy: Tenancy;
  readonly mount: Shared<Mount>;
  readonly reporting: Shared<Reporting>;
  /** Ends what was built for this router alone. */
  end(): void;
}

let made = 0;

/** A router as one configuration wants it, with everything that it holds. */
export class RouterGeneration implements Closable {
  /** Of all in this process; workers call theirs by the same. */
  readonly number: number;
  readonly plan: RouterPlan;
  readonly interpreter: Interpreter;
  readonly router: Router;
  readonly mounted: readonly MountedNamer[];
  readonly #env: GenerationEnv;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Closable | undefined;
  #closed = false;

  /** Holds the namers and whom to report to until it closes. */
  constructor(assembled: AssembledRouter, env: GenerationEnv, number = ++made) {
    const { mount, reporting, tenancy } = env;
    this.number = number;
    this.plan = assembled.plan;
    this.interpreter = assembled.interpreter;
    this.mounted = mount.value.mounted;
    this.#env = env;
    this.#clock = env.clock;
    this.#log = env.log;
    const { observers, sampleRate } = reporting.value;
    const world = { ...env, metrics: tenancy.metrics, observers, sampleRate };
    this.router = new Router(assembled, mount.value.mounted, world);
    mount.hold();
    reporting.hold();
  }

  get label(): string {
    return this.plan.label;
  }

  /**
   * No request begins any more once `left` has resolved: closes after the last one that is in flight. What is left after `graceMs` is answered with 503, or
   * cut where the answer has begun, and told to `cut`; `closed` follows.
   */
  retire(graceMs: number, left: Promise<void>, cut: (requests: number) => void, closed: () => void): void {
    const { deadlines } = this.router;
    this.#env.tenancy.retire();
    const over = () => {
      this.close();
      closed();
    };
    void left.then(() => {
      if (!this.#closed) deadlines.whenEmpty(over);
    });
    this.#timer = this.#clock.after(graceMs, () => {
      const why = new NamerError("PROXY_SUPERSEDED", `a reload has replaced the router, and ${graceMs} ms are over`);
      // Before they end, as this may well be the end of all.
      this.#timer = this.#clock.after(lastAnswersMs, () => {
        deadlines.endAll(why);
        over();
      });
      const requests = deadlines.endAll(why);
      if (requests === 0) return;
      this.#log.warn({ router: this.label, requests }, `${requests} requests were cut ${graceMs} ms after a reload`);
      cut(requests);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { tenancy, mount, reporting } = this.#env;
    this.#timer?.close();
    this.router.close();
    this.#env.end();
    tenancy.metrics.scope("rt", this.label).remove();
    tenancy.leave();
    mount.release();
    reporting.release();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
