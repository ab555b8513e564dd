import { Backoff, type Clock, type Logger, type Metrics, messageOf, NamerError } from "@namerkit/core";
import { fieldsIn, textIn } from "../instances/fields.js";
import type { Domain } from "../naming/authority.js";
import { ANSWER_MS } from "../query/blocking-query.js";
import type { ConsulTransport } from "../transport/transport.js";

const REFRESH_MS = 300_000;
const PATH = "/v1/agent/self";
/** What Consul's DNS answers to unless it is told otherwise. */
const DOMAIN = "consul";

export interface AgentSelfEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Pick<Logger, "warn">;
  readonly metrics: Metrics;
  readonly transport: Pick<ConsulTransport, "get">;
}

export interface Self extends Domain {
  /** Counts the times that it has become another. */
  readonly version: number;
}

/**
 * What the agent says of itself: its datacenter and its DNS domain. Asked for while somebody holds; asked again when it could not be
 * had, when another agent answers, and every five minutes. What was known stays until something else is.
 */
export class AgentSelf {
  readonly #env: AgentSelfEnv;
  readonly #backoff: Backoff;
  readonly #waiting = new Set<() => void>();
  readonly #signals = new WeakSet<AbortSignal>();
  #holders = 0;
  #running: AbortController | undefined;
  #self: Self = { datacenter: undefined, domain: DOMAIN, version: 0 };
  #error: NamerError | undefined;
  #known = false;
  #epoch: number | undefined;
  #dueAt = 0;

  constructor(env: AgentSelfEnv) {
    this.#env = env;
    this.#backoff = new Backoff(env.clock, env.random, { baseMs: 500, capMs: 30_000 });
  }

  /** What is known now; the default domain if nothing is. */
  get self(): Self {
    return this.#self;
  }

  get known(): boolean {
    return this.#known;
  }

  /** Why it could not be had, the last time. */
  get error(): NamerError | undefined {
    return this.#error;
  }

  /** It is asked for, and asked for again, until `signal` aborts. The same signal may be given any number of times. */
  hold(signal: AbortSignal): void {
    if (signal.aborted || this.#signals.has(signal)) return;
    this.#signals.add(signal);
    this.#holders++;
    signal.addEventListener("abort", () => this.#release(), { once: true });
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  /** Resolves as soon as it is known or could not be had, after `ms` at the latest. Never rejects but with the reason of `signal`. */
  async settled(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#known || this.#error !== undefined) return;
    const { clock } = this.#env;
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => {
        reject(signal.reason);
        done();
      };
      const done = (): void => {
        this.#waiting.delete(done);
        timer.close();
        signal.removeEventListener("abort", aborted);
        resolve();
      };
      const timer = clock.after(ms, done);
      signal.addEventListener("abort", aborted, { once: true });
      this.#waiting.add(done);
    });
  }

  /** Told which agent answers; if it is another one, it is asked who it is. */
  answeredBy(epoch: number): void {
    if (this.#epoch === undefined || this.#epoch === epoch || this.#running === undefined) return;
    this.#dueAt = 0;
    this.#epoch = epoch;
    this.#running.abort();
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  #release(): void {
    if (--this.#holders > 0) return;
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#env;
    try {
      for (;;) {
        // Whoever holds only now and then must not make it be asked more often.
        const wait = this.#dueAt - clock.now();
        if (wait > 0) await clock.sleep(wait, signal);
        await this.#ask(signal);
      }
    } catch (thrown) {
      if (!signal.aborted) this.#env.log.warn({ error: messageOf(thrown) }, "the agent is no longer asked who it is");
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { clock, random, transport, metrics, log } = this.#env;
    try {
      const answer = await transport.get(PATH, { signal, deadlineMs: ANSWER_MS });
      const next = selfIn(answer.json(), answer.request);
      this.#epoch = answer.epoch;
      this.#took(next);
      this.#backoff.succeeded();
      this.#dueAt = clock.now() + REFRESH_MS * (0.9 + 0.2 * random());
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const error = new NamerError("NAMER_UNAVAILABLE", messageOf(thrown), { cause: thrown });
      if (this.#error === undefined) log.warn({ error: error.message }, "the agent does not say who it is");
      this.#error = error;
      metrics.counter("agent_self_errors").add();
      const retryAfterMs = thrown instanceof Error && "retryAfterMs" in thrown ? thrown.retryAfterMs : undefined;
      const delay = this.#backoff.failed(typeof retryAfterMs === "number" ? retryAfterMs : undefined);
      this.#dueAt = clock.now() + delay;
    }
    for (const tell of [...this.#waiting]) tell();
  }

  #took(next: Domain): void {
    const { datacenter, domain, version } = this.#self;
    this.#known = true;
    this.#error = undefined;
    if (next.datacenter === datacenter && next.domain === domain) return;
    this.#self = { ...next, version: version + 1 };
  }
}

function selfIn(answer: unknown, request: string): Domain {
  const { Config, DebugConfig } = fieldsIn(answer);
  const config = fieldsIn(Config);
  const datacenter = textIn(config.Datacenter);
  if (datacenter === "") throw new NamerError("NAMER_ANSWER", `${request}: there is no datacenter in it`);
  // Consul of before 1.0 told the domain in Config, later ones tell it elsewhere.
  const domain = (textIn(config.Domain) || textIn(fieldsIn(DebugConfig).DNSDomain)).replace(/^\.|\.$/g, "");
  return { datacenter, domain: domain === "" ? DOMAIN : domain.toLowerCase() };
}
