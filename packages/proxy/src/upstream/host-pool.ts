import type { Socket } from "node:net";
import type { SocketOptionsPlan } from "@namerkit/config";
import type { Address, Clock, Closable } from "@namerkit/core";
import { NamerError } from "@namerkit/core";
import { type Connector, hostPort } from "./connect.js";
import { Connection, type ConnectionLimits } from "./connection.js";
import type { PoolCounts, PoolStats } from "./pool-stats.js";

export interface PoolLimits extends ConnectionLimits {
  readonly connectMs: number;
  readonly connectionsPerEndpoint: number;
  readonly waitersPerEndpoint: number;
  /** So many connections are kept although they are idle, for `keptIdleMs` if that is limited. */
  readonly keptPerEndpoint?: number;
  readonly keptIdleMs?: number | undefined;
  /** How old a connection may be for a request to begin on it. */
  readonly lifeMs?: number | undefined;
  readonly socketOptions?: SocketOptionsPlan | undefined;
}

export interface PoolEnv {
  readonly clock: Clock;
  readonly limits: PoolLimits;
  readonly connector: Connector;
  /** Of all pools of a client. */
  readonly stats: PoolStats;
}

/** Who asks for a connection. Exactly one of the two is called, once, unless the ticket is closed before. */
export interface Taker {
  onConnection(connection: Connection): void;
  onNoConnection(error: NamerError): void;
}

/**
 * The connections to one endpoint: one request at a time on each, the one used last is used next, so that what a quieter time
 * does not need grows idle and closes. Bounded in connections and in waiters; every wait ends after connectMs.
 */
export class HostPool implements PoolCounts {
  readonly #env: PoolEnv;
  readonly #address: Address;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #connecting = new Set<Ticket>();
  readonly #waiting = new Set<Ticket>();
  #closed = false;

  constructor(address: Address, env: PoolEnv) {
    this.#env = env;
    this.#address = address;
  }

  /** Open connections, in use or not. */
  get size(): number {
    return this.#all.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** An idle connection, if there is one: the fast path of `take`. */
  takeIdle(): Connection | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (this.#usable(last)) return last;
    }
    return undefined;
  }

  /** A new connection, or one given back by somebody else when the pool is full. The answer never comes synchronously. */
  take(taker: Taker): Closable {
    const ticket = new Ticket(taker, this.#forget);
    const { limits } = this.#env;
    if (this.#all.size + this.#connecting.size < limits.connectionsPerEndpoint) {
      this.#connect(ticket);
    } else if (this.#waiting.size < limits.waitersPerEndpoint) {
      this.#waiting.add(ticket);
      this.#env.stats.waits();
      // Whoever takes instead of taking an idle one wants another than those: its place is needed.
      this.#idle.shift()?.destroy();
      ticket.pending = this.#env.clock.after(limits.connectMs, () => {
        this.#waiting.delete(ticket);
        ticket.fail(this.#error("PROXY_CONNECT_TIMEOUT", `no connection became free within ${limits.connectMs} ms`));
      });
    } else {
      this.#env.stats.turnedAway();
      queueMicrotask(() =>
        ticket.fail(
          this.#error("PROXY_TOO_MANY_WAITERS", `${this.#waiting.size} requests wait for a connection already`),
        ),
      );
    }
    return ticket;
  }

  /** Idle connections close now, those in use when they are given back; who waits fails. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
    const left = [...this.#waiting, ...this.#connecting];
    this.#waiting.clear();
    this.#connecting.clear();
    for (const ticket of left) {
      ticket.pending?.close();
      ticket.fail(this.#error("PROXY_POOL_CLOSED", "the endpoint is no longer there"));
    }
  }

  /** Cuts everything, requests in flight included. */
  destroy(): void {
    this.close();
    for (const connection of this.#all) connection.destroy();
  }

  /** A broken connection reports itself, by closing. */
  readonly #giveBack = (connection: Connection): void => {
    // An endpoint may have said that it closes: that shows only once undici has returned from the end of the answer.
    if (this.#waiting.size > 0) setImmediate(() => this.#keep(connection));
    else this.#keep(connection);
  };

  /** A connection that has lived long enough is closed. */
  #usable(connection: Connection): boolean {
    if (!connection.open) return false;
    const { clock, limits } = this.#env;
    if (limits.lifeMs === undefined || clock.now() - connection.openedAt < limits.lifeMs) return true;
    connection.destroy();
    return false;
  }

  #keep(connection: Connection): void {
    connection.bytes.tell(this.#env.stats.connections);
    if (this.#closed) connection.destroy();
    if (!this.#usable(connection)) return;
    const next = this.#nextWaiting();
    if (next !== undefined) next.give(connection);
    else this.#idle.push(connection);
  }

  #connect(ticket: Ticket): void {
    const { clock, limits, connector, stats } = this.#env;
    const { ip, port } = this.#address;
    const start = clock.now();
    this.#connecting.add(ticket);
    const target = { ip, port, timeoutMs: limits.connectMs, clock, socketOptions: limits.socketOptions };
    ticket.pending = connector(target, (error, socket) => {
      this.#connecting.delete(ticket);
      if (socket === undefined) {
        stats.connectFailed(clock.now() - start);
        ticket.fail(error ?? this.#error("PROXY_CONNECT_FAILED", "no connection"));
        this.#freed();
        return;
      }
      stats.connected(clock.now() - start);
      ticket.give(this.#adopt(socket));
    });
  }

  #adopt(socket: Socket): Connection {
    const { clock, limits } = this.#env;
    const { connections } = this.#env.stats;
    const kept = this.#all.size < (limits.keptPerEndpoint ?? 0);
    const idleMs = kept ? (limits.keptIdleMs ?? Number.POSITIVE_INFINITY) : limits.upstreamIdleMs;
    const connection = new Connection(socket, { ...limits, upstreamIdleMs: idleMs }, clock.now(), this.#giveBack);
    this.#all.add(connection);
    connections.opened();
    socket.once("close", () => {
      this.#all.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at !== -1) this.#idle.splice(at, 1);
      connection.destroy();
      connection.bytes.tell(connections);
      connections.closed(clock.now() - connection.openedAt, connection.uses);
      this.#freed();
    });
    return connection;
  }

  /** A place has become free. */
  #freed(): void {
    if (this.#closed) return;
    const next = this.#nextWaiting();
    if (next !== undefined) this.#connect(next);
  }

  #nextWaiting(): Ticket | undefined {
    for (const ticket of this.#waiting) {
      this.#waiting.delete(ticket);
      ticket.pending?.close();
      ticket.pending = undefined;
      return ticket;
    }
    return undefined;
  }

  readonly #forget = (ticket: Ticket): void => {
    const wasConnecting = this.#connecting.delete(ticket);
    if (wasConnecting) this.#env.stats.connectCancelled();
    this.#waiting.delete(ticket);
    ticket.pending?.close();
    if (wasConnecting) this.#freed();
  };

  #error(code: string, message: string): NamerError {
    return new NamerError(code, `${hostPort(this.#address.ip, this.#address.port)}: ${message}`);
  }
}

/** One wait for a connection. */
class Ticket implements Closable {
  pending: Closable | undefined;
  #taker: Taker | undefined;
  readonly #forget: (ticket: Ticket) => void;

  constructor(taker: Taker, forget: (ticket: Ticket) => void) {
    this.#taker = taker;
    this.#forget = forget;
  }
  give(connection: Connection): void {
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.onConnection(connection);
  }
  fail(error: NamerError): void {
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.onNoConnection(error);
  }
  close(): void {
    if (this.#taker === undefined) return;
    this.#taker = undefined;
    this.#forget(this);
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
