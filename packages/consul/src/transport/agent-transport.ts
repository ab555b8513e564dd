import { type Closable, messageOf, NamerError } from "@namerkit/core";
import { type Choice, Failover, FairSlots, HttpFailure, type Stop, safeUrl, Turns } from "@namerkit/watch";
import { type Agent, agentsOf } from "./agent.js";
import { consulAnswer } from "./answer.js";
import { blame } from "./blame.js";
import type { TransportConfig } from "./config.js";
import { parameter, without, withParameters } from "./query.js";
import { type Token, tokenOf } from "./token.js";
import type { AskOptions, ConsulAnswer, ConsulTransport, TransportEnv, TransportState } from "./transport.js";
import { durationMs } from "./wait.js";

/** For what is answered at once, though its deadline was for more. Without a leader Consul takes 7 s to say so. */
const ANSWER_MS = 10_000;
/** Consul adds up to a 16th to each `wait`. */
const JITTER = 17 / 16;

/** Turns for what is parked, an agent that works, a token that is valid; and then a request. */
export class AgentTransport implements ConsulTransport {
  readonly #env: TransportEnv;
  /** Undefined: none. */
  readonly #common: Readonly<Record<string, string | undefined>> | undefined;
  readonly #token: Token;
  readonly #agents: readonly Agent[];
  readonly #failover: Failover<Agent>;
  readonly #turns: Turns;
  /** For what is answered at once; as many as anybody likes, unless the agent takes fewer connections than were configured. */
  readonly #short = new FairSlots(Number.POSITIVE_INFINITY);
  readonly #gauges: readonly Closable[];
  #holders = 0;
  /** Not aborted while somebody holds. */
  #held = new AbortController();
  #closed = false;

  /** @throws NamerError NAMER_CONFIG, WATCH_TLS_OPTIONS */
  constructor(config: TransportConfig, env: TransportEnv) {
    const { namespace, partition, consistencyMode = "default", maxConnections = 128, waitMs = 60_000 } = config;
    this.#env = env;
    const consistency = consistencyMode !== "default" && { [consistencyMode]: "true" };
    const common = namespace !== undefined || partition !== undefined || consistency !== false;
    this.#common = common ? { ns: namespace, partition, ...consistency } : undefined;
    this.#token = tokenOf(config, env);
    const agents = agentsOf(config, env, (agent) => this.#agentChanged(agent));
    this.#agents = agents;
    this.#turns = new Turns(env.clock, { slots: maxConnections - keptFree(maxConnections), waitMs });
    this.#failover = new Failover(env, agents, {
      probe: (agent, signal) => agent.isWell(signal),
      changed: (to, down) => this.#changed(to, down),
    });
    const metrics = env.metrics.scope("transport");
    this.#gauges = [
      metrics.gauge("parked", () => this.#turns.parked),
      metrics.gauge("waiting", () => this.#turns.waiting),
      metrics.gauge("called_off", () => this.#turns.calledOff),
      metrics.gauge("wait_ms", () => this.waitMs()),
      metrics.gauge("agent", () => this.#failover.current.index),
      metrics.gauge("agent_changes", () => this.#failover.changes),
      metrics.gauge("connections", () => this.#failover.current.server.connections),
      metrics.gauge("turned_away", () => agents.reduce((sum, agent) => sum + agent.turnedAway, 0)),
    ];
  }

  async get(pathAndQuery: string, options: AskOptions): Promise<ConsulAnswer> {
    if (this.#closed) throw new NamerError("CLOSED", "the connections to Consul were closed");
    const { signal, deadlineMs } = options;
    const query = this.#common === undefined ? pathAndQuery : withParameters(pathAndQuery, this.#common);
    if (options.blocking !== true) {
      const release = await this.#short.take(signal);
      return this.#ask(query, options, signal, deadlineMs).finally(release);
    }
    const wait = options.waitMs ?? durationMs(parameter(query, "wait") ?? "");
    return this.#turns.take(signal, (turn) => {
      const longer = Math.max(0, (wait ?? turn.waitMs) - turn.waitMs);
      if (wait !== undefined && longer === 0) return this.#ask(query, options, turn.signal, deadlineMs);
      const shorter = withParameters(without(query, "wait"), { wait: `${turn.waitMs}ms` });
      // Whoever gave less than the wait needs is not to be left with nothing.
      const sooner = Math.max(deadlineMs - longer * JITTER, Math.min(deadlineMs, ANSWER_MS));
      return this.#ask(shorter, options, turn.signal, sooner);
    });
  }

  waitMs(): number {
    return this.#turns.waitMs();
  }

  hold(signal: AbortSignal): void {
    if (signal.aborted || this.#closed) return;
    this.#turns.expect(signal);
    if (this.#holders++ === 0) {
      this.#held = new AbortController();
      for (const agent of this.#agents) agent.hold(this.#held.signal);
      this.#failover.hold(this.#held.signal);
    }
    const release = (): void => {
      if (--this.#holders === 0) this.#held.abort();
    };
    signal.addEventListener("abort", release, { once: true });
  }

  state(): TransportState {
    const { slots, parked, waiting } = this.#turns;
    return {
      epoch: this.#failover.current.epoch,
      agents: this.#failover.state().map(({ server, inUse, failures, lastError }) => ({
        address: server.address.shown,
        inUse,
        connections: server.connections,
        turnedAway: server.turnedAway,
        failures,
        ...(lastError !== undefined && { lastError }),
      })),
      token: this.#token.from,
      slots,
      parked,
      waiting,
      waitMs: this.waitMs(),
    };
  }

  close(): void {
    this.#closed = true;
    for (const one of [...this.#gauges, this.#turns, this.#short, this.#failover, ...this.#agents]) one.close();
    this.#held.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** At the agent in use; and where that is no use, once at each of the others that take its place. */
  async #ask(query: string, options: AskOptions, signal: Stop, deadlineMs: number): Promise<ConsulAnswer> {
    const { clock } = this.#env;
    const until = clock.now() + deadlineMs;
    const tried = new Set<number>();
    for (;;) {
      const choice = this.#failover.current;
      tried.add(choice.index);
      try {
        const answer = await this.#send(choice, query, options, signal, until - clock.now());
        this.#failover.succeeded(choice);
        return answer;
      } catch (thrown) {
        choice.server.failed(thrown);
        const blamed = signal.aborted || this.#closed ? undefined : blame(thrown);
        if (blamed === "well") this.#failover.succeeded(choice);
        else if (blamed !== undefined) this.#failover.failed(choice, messageOf(thrown), blamed === "down");
        const another = blamed === "down" && !tried.has(this.#failover.current.index);
        if (!another || clock.now() >= until) throw thrown;
      }
    }
  }

  async #send(
    { server: agent, epoch }: Choice<Agent>,
    query: string,
    options: AskOptions,
    signal: Stop,
    ms: number,
  ): Promise<ConsulAnswer> {
    const elsewhere = options.blocking === true && options.epoch !== undefined && options.epoch !== epoch;
    const path = elsewhere ? without(query, "index", "wait") : query;
    const deadlineMs = elsewhere ? Math.min(ms, ANSWER_MS) : ms;
    const { expect = [], maxBytes } = options;
    for (let first = true; ; first = false) {
      const token = await this.#token.read();
      options.request?.(`GET ${safeUrl(agent.urlOf(path))}`);
      try {
        return consulAnswer(await agent.send(path, { signal, deadlineMs, token, expect, maxBytes }), epoch);
      } catch (thrown) {
        const refused = thrown instanceof HttpFailure && thrown.code === "NAMER_REFUSED";
        if (!refused || !first || signal.aborted || !(await this.#token.refused(token))) throw thrown;
      }
    }
  }

  #agentChanged(agent: Agent): void {
    if (agent !== this.#failover.current.server) return;
    const before = this.#turns.slots;
    this.#setSlots();
    if (!agent.lowered || this.#turns.slots >= before) return;
    const { connections } = agent;
    const text =
      "a Consul agent turns connections away: fewer are used for a while. Is its http_max_conns_per_client lower than maxConnections?";
    this.#env.log.warn({ agent: agent.address.shown, connections }, text);
  }

  #setSlots(): void {
    const { capacity, lowered } = this.#failover.current.server;
    const kept = keptFree(capacity);
    this.#short.capacity = lowered ? kept : Number.POSITIVE_INFINITY;
    if (lowered) this.#turns.shrink(capacity - kept);
    else this.#turns.slots = capacity - kept;
  }

  #changed(to: Choice<Agent>, down: Choice<Agent> | undefined): void {
    this.#setSlots();
    const { log } = this.#env;
    const agent = to.server.address.shown;
    if (down === undefined) {
      // Those who are parked at the other stay there till their time is up: it works.
      log.info({ agent }, "a Consul agent that is preferred has been well for a while, and is used again");
      return;
    }
    const error = this.#failover.state()[down.index]?.lastError;
    log.warn({ agent, instead: down.server.address.shown, error }, "another Consul agent is used");
    this.#turns.callOffAll();
  }
}

/** For requests that are answered at once. */
function keptFree(connections: number): number {
  return Math.min(connections - 1, 8, Math.ceil(connections / 16));
}
