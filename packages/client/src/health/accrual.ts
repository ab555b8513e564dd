import type { Logger, Metrics } from "@namerkit/core";
import type { Endpoint, Use } from "../balance/endpoint.js";
import { type Backoff, backoff } from "./backoff.js";
import { type FailureAccrualOptions, type Policies, policies } from "./options.js";

/** The pauses after a refused connection where that alone marks dead. Finagle's, with jitter. */
const FAST = { kind: "equalJittered", minMs: 1000, maxMs: 32_000 } as const;

export interface AccrualOptions {
  readonly failureAccrual?: FailureAccrualOptions | undefined;
  /** The first refused connection marks an endpoint dead, if the client has others. Default false. */
  readonly failFast?: boolean | undefined;
}

export interface AccrualEnv {
  /** As in Linkerd's log: the bound id without the first slash. */
  readonly label: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The client's; counters are below `failure_accrual`. */
  readonly metrics: Metrics;
  readonly log: Logger | undefined;
}

/** What a request came to, as far as the endpoint is concerned. "refused": there was no connection. */
export type EndpointOutcome = "success" | "failure" | "ignorable" | "refused";

/**
 * Failures of one client's endpoints, as they accrue.
 *
 * alive ─ too many failures ─> dead ─ back-off over ─> probed, by one request at a time ─ it succeeds ─> alive
 *                               ^──────────────────────── it fails: a longer back-off ──┘
 *
 * Requests that began before an endpoint died say nothing about it any more. Those that are sent to a dead one because all are dead
 * do: a success among them revives it before its time.
 */
export class Accrual {
  readonly #env: AccrualEnv;
  readonly #policies: Policies | undefined;
  readonly #failFast: boolean;
  readonly #pauses = new WeakMap<Endpoint, Backoff>();
  readonly #removals;
  readonly #revivals;
  readonly #probes;
  readonly #removedForMs;

  /** Throws CLIENT_OPTIONS. */
  constructor(options: AccrualOptions, env: AccrualEnv) {
    this.#env = env;
    this.#policies = policies(options.failureAccrual, env.random);
    this.#failFast = options.failFast ?? false;
    const scope = env.metrics.scope("failure_accrual");
    this.#removals = scope.counter("removals");
    this.#revivals = scope.counter("revivals");
    this.#probes = scope.counter("probes");
    this.#removedForMs = scope.counter("removed_for_ms");
  }

  /** A new endpoint, with a clean record. */
  adopt(endpoint: Endpoint, now: number): void {
    endpoint.policy = this.#policies?.make(now);
  }

  /** A request goes to an endpoint that is dead and may be probed. */
  probe(endpoint: Endpoint): void {
    endpoint.until = Number.POSITIVE_INFINITY;
    this.#probes.add();
  }

  /** Takes in how a request ended; true: `dead` or `until` of the endpoint have changed. `alone`: the client has no other endpoint. */
  ended(endpoint: Endpoint, use: Use, outcome: EndpointOutcome, now: number, alone: boolean): boolean {
    const failed = outcome === "failure" || outcome === "refused";
    if (endpoint.dead) return this.#endedDead(endpoint, use, outcome, failed, now);
    if (use.deaths !== endpoint.deaths) return false;
    if (outcome === "success") endpoint.policy?.succeeded(now);
    if (!failed) return false;
    const forMs = endpoint.policy?.failed(now);
    if (forMs !== undefined) return this.#die(endpoint, now, forMs, false);
    if (outcome !== "refused" || !this.#failFast || alone) return false;
    return this.#die(endpoint, now, this.#pause(endpoint).next(), true);
  }

  #endedDead(endpoint: Endpoint, use: Use, outcome: EndpointOutcome, failed: boolean, now: number): boolean {
    if (use.deaths !== endpoint.deaths) return false;
    if (outcome === "success") return this.#revive(endpoint, now);
    if (!use.probe) return false;
    if (!failed) {
      // Nothing was learnt: the next request is the probe.
      endpoint.until = now;
      return true;
    }
    if (!endpoint.deadFast) return this.#leaveAlone(endpoint, now, endpoint.policy?.probeFailed(now) ?? 0);
    if (outcome === "refused") return this.#leaveAlone(endpoint, now, this.#pause(endpoint).next());
    // It takes connections again, and that was all it was dead for.
    this.#revive(endpoint, now);
    const forMs = endpoint.policy?.failed(now);
    return forMs === undefined || this.#die(endpoint, now, forMs, false);
  }

  #die(endpoint: Endpoint, now: number, forMs: number, fast: boolean): true {
    endpoint.dead = true;
    endpoint.deaths++;
    endpoint.deadFast = fast;
    this.#removals.add();
    const { label, log } = this.#env;
    const policy = fast ? "failFast" : (this.#policies?.text ?? "none");
    const { key, address } = endpoint;
    const meta = Object.entries(address.meta).map(([name, value]) => `${name} -> ${value}`);
    // Linkerd's line, for those who look for it.
    log?.info(
      { client: `/${label}`, address: key, policy, forMs: Math.round(forMs) },
      `FailureAccrualFactory marking connection to "${label}" as dead. Policy: ${policy}. Remote Address: Inet(/${key},Map(${meta.join(", ")}))`,
    );
    return this.#leaveAlone(endpoint, now, forMs);
  }

  #leaveAlone(endpoint: Endpoint, now: number, forMs: number): true {
    endpoint.until = now + forMs;
    this.#removedForMs.add(Math.round(forMs));
    return true;
  }

  #revive(endpoint: Endpoint, now: number): true {
    endpoint.dead = false;
    endpoint.deadFast = false;
    endpoint.until = 0;
    endpoint.policy?.revived(now);
    this.#pauses.delete(endpoint);
    this.#revivals.add();
    return true;
  }

  #pause(endpoint: Endpoint): Backoff {
    let pause = this.#pauses.get(endpoint);
    if (pause === undefined) {
      pause = backoff(FAST, this.#env.random);
      this.#pauses.set(endpoint, pause);
    }
    return pause;
  }
}
