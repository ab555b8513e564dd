import type { Closable, Logger, PluginEnv } from "@namerkit/core";

/** What `createTransport` needs from a plug-in's environment. */
export type TransportEnv = Pick<PluginEnv, "clock" | "random" | "metrics" | "dispatcher" | "baseDir"> & {
  readonly log: Pick<Logger, "info" | "warn">;
  /** The environment of the process, for `useEnvironment`; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
};

/** A whole answer of a Consul agent. */
export interface ConsulAnswer {
  readonly status: number;
  /**
   * X-Consul-Index, as it came. Only of a 200, and of the 404 of a missing key, because Consul puts a meaningless one on its errors.
   * Whether it can be used is for the caller to say: it may be missing, zero or garbage.
   */
  readonly index: string | undefined;
  /**
   * Which agent answered, as a number that grows with each change of agent. An index is to be used, and to be compared, only within
   * one epoch: give it back as `AskOptions.epoch` with the index.
   */
  readonly epoch: number;
  /** Method and URL for errors and state, without secrets. */
  readonly request: string;
  /** By its name, in any case. */
  header(name: string): string | undefined;
  text(): string;
  /** @throws NamerError NAMER_ANSWER that says where it stops being JSON */
  json(): unknown;
}

export interface AskOptions {
  /** Its abort gives up at once whatever is held: a place in the queue, a slot, a socket. */
  readonly signal: AbortSignal;
  /** For one request, in ms; of a blocking query from when it has its turn, and for the `wait` that it asks for. */
  readonly deadlineMs: number;
  /**
   * A blocking query, with an index: it takes a slot, in its turn. Its `wait` is made shorter (and its deadline with it) if more names
   * want to be parked by then than when `waitMs()` was asked; without a `wait` of its own it gets that of `waitMs()`.
   */
  readonly blocking?: boolean;
  /** The `wait` in the query, in ms, for whom it is at hand; else it is read from there. */
  readonly waitMs?: number;
  /**
   * The epoch of the answer that the index is from. If another agent is in use when the query is sent, index and wait are left out
   * of it, so that it is answered at once, in the new epoch. Always to be given with `blocking`.
   */
  readonly epoch?: number;
  /** Statuses that are answers beside 2xx. */
  readonly expect?: readonly number[];
  /** Told what is asked, each time something is sent: method and URL without secrets. */
  readonly request?: (text: string) => void;
  /** The largest answer, in bytes; 256 MiB by default. */
  readonly maxBytes?: number;
}

/** The way to one Consul cluster, through one agent at a time. Shared by every name that is watched. */
export interface ConsulTransport extends Closable {
  /**
   * GET below the agent's address. What is the same for every request is added here: token, Host header, consistency mode, namespace
   * and partition (unless the query has its own `ns` or `partition`).
   *
   * Where several agents are configured and one cannot be reached, or has no leader, the next is asked at once. Nothing else is
   * retried, but for one more try with a token that has just been rotated.
   *
   * @throws NamerError (by rejecting) NAMER_REFUSED (401, 403, with Consul's own words), NAMER_UNAVAILABLE (refused, reset, late, TLS,
   * 5xx, 429 with `retryAfterMs`), NAMER_ANSWER (not HTTP, too large, any other status), WATCH_SECRET (no token in its file),
   * WATCH_TLS_FILES; CLOSED after `close`; the reason of `signal`
   */
  get(pathAndQuery: string, options: AskOptions): Promise<ConsulAnswer>;
  /** What `wait` a blocking query should ask for now, in ms: `waitMs` of the configuration, or less while there are more names than slots. */
  waitMs(): number;
  /**
   * Says that a name is watched until `signal` aborts. While nobody holds, idle connections are closed and no agent is looked after;
   * and the number of holders tells how many names will want to be parked. So: once per watch, before its first request.
   */
  hold(signal: AbortSignal): void;
  /** For the state page, without secrets. */
  state(): TransportState;
}

export interface TransportState {
  /** Of the agent in use. */
  readonly epoch: number;
  readonly agents: readonly AgentState[];
  /** Where the token is from: "none", "configured", or the name of its file. */
  readonly token: string;
  /** How many blocking queries may be parked at once. */
  readonly slots: number;
  readonly parked: number;
  /** How many blocking queries wait for their turn. */
  readonly waiting: number;
  /** As `waitMs()` says it. */
  readonly waitMs: number;
}

export interface AgentState {
  /** Such as http://localhost:8500 or unix:///run/consul.sock. */
  readonly address: string;
  readonly inUse: boolean;
  /** How many there may be to it: `maxConnections`, or less for a while when it turns away more. */
  readonly connections: number;
  /** How many it has turned away, that is, reset before it has said anything. */
  readonly turnedAway: number;
  /** Since it was last well. */
  readonly failures: number;
  /** What the latest of them was. */
  readonly lastError?: string;
}
