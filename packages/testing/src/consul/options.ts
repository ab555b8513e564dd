import type { Clock } from "@namerkit/core";

/** What a fake Consul is, from its start on. */
export interface ConsulFakeOptions {
  readonly clock?: Clock;
  /** For the jitter of waits, and for ids; Math.random by default. */
  readonly random?: () => number;
  /** dc1 by default. */
  readonly datacenter?: string;
  /** node1 by default. */
  readonly nodeName?: string;
  /** Where the agent says that it is; 127.0.0.1 by default. */
  readonly address?: string;
  /** The port of its RPC, which errors speak of; 8300 by default. */
  readonly rpcPort?: number;
  /** JSON is indented, as by an agent with -dev; true by default. A proper server sends it without a space. */
  readonly dev?: boolean;
  /** The index of the first thing in the catalogue, which is the agent's own node; 10 by default, as of an agent with -dev. */
  readonly firstIndex?: number;
  /**
   * The shapes of answers: those of 1.8.7, which were held against a real one, or what the API's documents say of later versions, which
   * was not. 1.8.7 by default.
   */
  readonly version?: "1.8.7" | "1.15.0";
  /** ACLs are on, and this holds where no rule does. */
  readonly acl?: { readonly defaultPolicy: "allow" | "deny" };
  /** Further connections of one client are reset; 200 by default, which is Consul's own limit. */
  readonly maxConnectionsPerClient?: number;
  /**
   * How long a datacenter that died is still known to the others, in ms; 60,000 by default. Of the real one it is known only that it
   * takes more than 30 s.
   */
  readonly wanGossipMs?: number;
}

/**
 * Faults beyond what the methods of the fake bring about. What keeps a request from Consul is judged when it comes, what is told when it
 * is told, which for a query that was held is later.
 */
export interface ConsulFaults {
  /** Only requests for paths (with their query) of which this is true; all of them by default. */
  readonly only?: (target: string) => boolean;
  /** Answered so, whatever was asked. */
  readonly answer?: {
    readonly status: number;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** 429, as servers do that guard themselves; with Retry-After in seconds if given. */
  readonly rateLimited?: boolean | { readonly retryAfterS: number };
  /** Before anything else is done, in ms. Infinity: never answered. */
  readonly delayMs?: number;
  /** Blocking queries are answered at once. */
  readonly instant?: boolean;
  /** X-Consul-Index as told instead of as it is; null leaves it out. */
  readonly index?: (index: number, target: string) => string | null;
  /** Every list and map of the catalogue is empty, as of a server that has just lost its data. */
  readonly empty?: boolean;
  /** X-Consul-Lastcontact of good answers, in ms. */
  readonly lastContactMs?: number;
  /** X-Consul-Knownleader of good answers. */
  readonly knownLeader?: boolean;
  /** What the JSON of good answers becomes, such as one with an item that nobody can understand. */
  readonly rewrite?: (json: unknown, target: string) => unknown;
  /** The connection is reset instead of answered. */
  readonly reset?: boolean;
}
