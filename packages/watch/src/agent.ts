import type { Socket } from "node:net";
import type { Clock } from "@namerkit/core";
import { Agent, type Dispatcher, Pool } from "undici";
import { Connecting } from "./connecting.js";
import { Multiplexer } from "./http2/multiplexer.js";
import { IdleSockets } from "./idle-sockets.js";
import type { TlsMaterial } from "./tls/material.js";
import type { ProxyUrl } from "./tunnel.js";

export interface AgentOptions {
  /** How many connections may be open to one origin at once; requests beyond that wait. 128 by default (Consul resets from 200 on). */
  readonly connections?: number;
  /** How long connecting may take, TLS included, in ms; 5,000 by default. */
  readonly connectMs?: number;
  /** How long an idle connection is kept, in ms, and at most twice that; 4,000 by default, which is less than servers keep it. */
  readonly idleMs?: number;
  /** How https is spoken; as Node.js does it by itself if absent. */
  readonly tls?: TlsMaterial | undefined;
  /**
   * Whether HTTP/2 is spoken with servers that can, over https: many requests share a connection then. False by default.
   * HTTP/1.1 with those that cannot.
   */
  readonly http2?: boolean | undefined;
  /** Told how many requests may be under way at once, when that becomes known, or another: connections, times streams with HTTP/2. */
  readonly capacity?: ((requests: number) => void) | undefined;
  /** A unix socket that is connected to in the place of the URL's host and port. */
  readonly socketPath?: string | undefined;
  /** A proxy that connects to servers for us; not together with a socketPath. */
  readonly proxy?: ProxyUrl | undefined;
  /** Told when a server has reset a connection before it has said anything, as it does when there are too many of ours. */
  readonly turnedAway?: (() => void) | undefined;
}

/** A way to servers that can be let go of at once: undici's Agent without its coarse timers, made when it is first needed. */
export class OwnAgent {
  readonly #clock: Clock;
  readonly #options: {
    readonly connections: number;
    readonly idleMs: number;
    readonly http2: boolean;
    readonly capacity: (requests: number) => void;
  };
  readonly #connecting: Connecting;
  readonly #idle: IdleSockets;
  readonly #multiplexers = new Map<string, Multiplexer>();
  /** Servers that do not speak HTTP/2, and the connection by which that was found out, until it is used. */
  readonly #http1 = new Map<string, Socket | undefined>();
  #agent: Agent | undefined;
  #destroyed: Promise<void> = Promise.resolve();
  #settling: Promise<void> | undefined;

  constructor(clock: Clock, options: AgentOptions = {}) {
    const { connections = 128, connectMs = 5_000, idleMs = 4_000, tls, socketPath, http2 = false } = options;
    const { turnedAway, proxy } = options;
    this.#clock = clock;
    this.#options = { connections, idleMs, http2, capacity: options.capacity ?? (() => {}) };
    this.#idle = new IdleSockets(clock, idleMs);
    this.#connecting = new Connecting(clock, { connectMs, sockets: connections, tls, socketPath, turnedAway, proxy });
  }

  /** For requests to this origin. */
  dispatcherOf(origin: string): Pick<Dispatcher, "dispatch"> {
    if (!this.#options.http2 || !origin.startsWith("https:") || this.#http1.has(origin)) return this.#dispatcher;
    let multiplexer = this.#multiplexers.get(origin);
    if (multiplexer === undefined) {
      multiplexer = this.#multiplexer(origin);
      this.#multiplexers.set(origin, multiplexer);
    }
    return multiplexer;
  }

  #multiplexer(origin: string): Multiplexer {
    const { connections, idleMs, capacity } = this.#options;
    return new Multiplexer(this.#clock, origin, {
      connections,
      idleMs,
      capacity,
      connect: () => this.#connecting.offer(origin),
      fallBack: (socket, waiting) => {
        this.#multiplexers.delete(origin);
        // Till somebody else listens.
        socket.on("error", ignore);
        this.#http1.set(origin, socket);
        capacity(connections);
        for (const { options, handler } of waiting) this.#dispatcher.dispatch(options, handler);
      },
    });
  }

  get #dispatcher(): Dispatcher {
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
    this.#idle.client(origin, options, (how, callback) => {
      const spare = this.#http1.get(origin.origin);
      if (spare === undefined || spare.destroyed) {
        // Returned as it is: whoever connects may look at it.
        return this.#connecting.connector(how, callback);
      }
      this.#http1.set(origin.origin, undefined);
      spare.off("error", ignore);
      queueMicrotask(() => callback(null, spare));
    });

  /** Connections that stand. */
  get sockets(): readonly Socket[] {
    return this.#connecting.sockets;
  }

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
    for (const socket of this.#http1.values()) socket?.destroy();
    this.#http1.clear();
    for (const one of this.#multiplexers.values()) this.#destroying(one.destroy());
    this.#multiplexers.clear();
    if (agent === undefined) return;
    // undici reports nothing here that its requests have not been told already.
    this.#destroying(agent.destroy().catch(() => {}));
  }

  #destroying(done: Promise<void>): void {
    this.#destroyed = Promise.all([this.#destroyed, done]).then(() => {});
  }

  /** Resolves when the sockets of every reset so far are gone. */
  drained(): Promise<void> {
    return this.#destroyed;
  }
}

function ignore(): void {}

function nextTurns(turns: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number): void => void (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(turns);
  });
}
