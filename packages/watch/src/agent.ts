import type { Clock } from "@namerkit/core";
import { Agent, type Dispatcher, Pool } from "undici";
import { Connecting } from "./connecting.js";
import { IdleSockets } from "./idle-sockets.js";
import type { TlsMaterial } from "./tls/material.js";

export interface AgentOptions {
  /** How many connections may be open to one origin at once; requests beyond that wait. 128 by default (Consul resets from 200 on). */
  readonly connections?: number;
  /** How long connecting may take, TLS included, in ms; 5,000 by default. */
  readonly connectMs?: number;
  /** How long an idle connection is kept, in ms, and at most twice that; 4,000 by default, which is less than servers keep it. */
  readonly idleMs?: number;
  /** How https is spoken; as Node.js does it by itself if absent. */
  readonly tls?: TlsMaterial | undefined;
  /** A unix socket that is connected to in the place of the URL's host and port. */
  readonly socketPath?: string | undefined;
}

/** A way to servers that can be let go of at once: undici's Agent without its coarse timers, made when it is first needed. */
export class OwnAgent {
  readonly #options: { readonly connections: number; readonly idleMs: number };
  readonly #connecting: Connecting;
  readonly #idle: IdleSockets;
  #agent: Agent | undefined;
  #destroyed: Promise<void> = Promise.resolve();
  #settling: Promise<void> | undefined;

  constructor(clock: Clock, options: AgentOptions = {}) {
    const { connections = 128, connectMs = 5_000, idleMs = 4_000, tls, socketPath } = options;
    this.#options = { connections, idleMs };
    this.#idle = new IdleSockets(clock, idleMs);
    this.#connecting = new Connecting(clock, { connectMs, sockets: connections, tls, socketPath });
  }

  get dispatcher(): Dispatcher {
    this.#agent ??= new Agent({
      factory: (origin, options) => new Pool(origin, { ...options, factory: this.#client }),
      connections: this.#options.connections,
      keepAliveTimeout: this.#options.idleMs,
      keepAliveMaxTimeout: Math.max(this.#options.idleMs, 10_000),
      pipelining: 1,
      // Whoever uses this has a deadline of its own, by the clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return this.#agent;
  }

  readonly #client = (origin: URL, options: object): Dispatcher =>
    this.#idle.client(origin, options, this.#connecting.connector);

  /** Somebody waits for a connection to `origin` until the returned function is called. */
  wait(origin: string): () => void {
    return this.#connecting.wait(origin);
  }

  /**
   * To be called when an answer has come. undici gives a connection back only a turn of the event loop later, and opens another one for
   * a request that comes sooner, so that a poll followed by a fetch would always have two.
   */
  answered(): void {
    this.#idle.used();
    this.#settling ??= nextTurns(2).then(() => {
      this.#settling = undefined;
    });
  }

  /** Undefined, or resolves when the connections of the latest answers are free again. */
  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  /** Destroys every socket, idle ones too. What is sent later begins afresh. */
  reset(): void {
    const agent = this.#agent;
    this.#agent = undefined;
    this.#connecting.close();
    this.#idle.close();
    if (agent === undefined) return;
    // undici reports nothing here that its requests have not been told already.
    const destroyed = agent.destroy().catch(() => {});
    this.#destroyed = Promise.all([this.#destroyed, destroyed]).then(() => {});
  }

  /** Resolves when the sockets of every reset so far are gone. */
  drained(): Promise<void> {
    return this.#destroyed;
  }
}

function nextTurns(turns: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number): void => void (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(turns);
  });
}
