import {
  Http,
  type HttpAnswer,
  HttpFailure,
  type HttpOptions,
  LearnedLimit,
  type Stop,
  TlsMaterial,
} from "@namerkit/watch";
import { type AgentAddress, agentAddress } from "./agent-address.js";
import type { TransportConfig } from "./config.js";
import type { TransportEnv } from "./transport.js";

const PROBE_MS = 5_000;
/** Twice the names that may be watched: each of them may ask something at once. */
const MAX_PENDING = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;

export interface Sending {
  readonly signal: Stop;
  readonly deadlineMs: number;
  readonly token: string | undefined;
  readonly expect: readonly number[];
  readonly maxBytes: number | undefined;
}

/** One agent, with the connections to it. */
export class Agent {
  readonly address: AgentAddress;
  readonly #http: Http;
  readonly #connections: number;
  readonly #limit: LearnedLimit;
  #capacity: number;

  constructor(
    address: AgentAddress,
    env: Pick<TransportEnv, "clock" | "dispatcher">,
    options: HttpOptions & { readonly connections: number },
    changed: (agent: Agent) => void,
  ) {
    this.address = address;
    this.#capacity = options.connections;
    this.#connections = options.connections;
    this.#limit = new LearnedLimit(env.clock, {
      most: options.connections,
      open: () => this.#http.sockets,
      changed: () => changed(this),
    });
    const { socketPath, hostHeader } = address;
    const capacity = (requests: number): void => {
      this.#capacity = requests;
      changed(this);
    };
    const turnedAway = (): void => this.#limit.note();
    this.#http = new Http(env, { ...options, capacity, turnedAway, socketPath, headers: { host: hostHeader } });
  }

  /** How many requests may be under way at once. */
  get capacity(): number {
    return this.lowered ? this.#limit.limit : this.#capacity;
  }

  /** How many connections there may be: as many as are configured, or less while the agent turns away more. */
  get connections(): number {
    return this.#limit.limit;
  }

  /** Connections that it has turned away since the beginning. */
  get turnedAway(): number {
    return this.#limit.turnedAway;
  }

  /** Because of connections that were turned away. With HTTP/2 it does not come to that. */
  get lowered(): boolean {
    return this.#limit.lowered && this.#capacity <= this.#connections;
  }

  urlOf(pathAndQuery: string): string {
    return this.address.base + pathAndQuery;
  }

  send(pathAndQuery: string, { token, maxBytes = MAX_BYTES, ...options }: Sending): Promise<HttpAnswer> {
    const headers = token === undefined ? {} : { "x-consul-token": token };
    return this.#http.request(this.urlOf(pathAndQuery), { ...options, maxBytes, headers });
  }

  /** Looks whether it was for too many connections that a request failed; that which was reset is known already. */
  failed(thrown: unknown): void {
    if (!(thrown instanceof HttpFailure) || thrown.status !== 429) return;
    if (/too many concurrent connections/i.test(thrown.said)) this.#limit.note();
  }

  /** Whether it answers, and knows a leader. Needs no token. */
  async isWell(signal: AbortSignal): Promise<boolean> {
    const url = this.urlOf("/v1/status/leader");
    const answer = await this.#http.request(url, { signal, deadlineMs: PROBE_MS, maxBytes: 4_096 });
    const leader = answer.json();
    return typeof leader === "string" && leader !== "";
  }

  hold(signal: AbortSignal): void {
    this.#http.hold(signal);
  }

  close(): void {
    this.#limit.close();
    this.#http.close();
  }
}

/** One at least; `changed` is told when the capacity of one has. @throws NamerError NAMER_CONFIG, WATCH_TLS_OPTIONS */
export function agentsOf(
  config: TransportConfig,
  env: TransportEnv,
  changed: (agent: Agent) => void,
): readonly [Agent, ...Agent[]] {
  const { host = "localhost", port = 8500, tls, maxConnections: connections = 128, http2 = true } = config;
  const secure = tls !== undefined && tls.enabled !== false;
  const texts = typeof host === "string" ? [host] : host;
  const addresses = texts.map((text) => agentAddress(text, port, secure));
  // Of https addresses also where nothing is said about TLS; and what is said is checked in any case.
  const material =
    tls !== undefined || addresses.some((one) => one.secure) ? new TlsMaterial(tls ?? {}, env) : undefined;
  // Where there is another agent to ask it is not worth waiting long for one.
  const connectMs = addresses.length > 1 ? 2_000 : 5_000;
  const options = { connections, connectMs, http2, tls: material, maxPending: MAX_PENDING };
  const make = (address: AgentAddress): Agent => new Agent(address, env, options, changed);
  const [first = agentAddress("localhost", port, secure), ...rest] = addresses;
  return [make(first), ...rest.map(make)];
}
