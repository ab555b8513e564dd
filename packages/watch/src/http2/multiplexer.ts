import type { Socket } from "node:net";
import type { Clock, Closable } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { Exchange } from "./exchange.js";
import { Session } from "./session.js";

export interface MultiplexerOptions {
  /** Connects, offering HTTP/2 and HTTP/1.1. */
  connect(): Promise<Socket & { readonly alpnProtocol?: string | false | null }>;
  /** How many connections may be open. */
  readonly connections: number;
  readonly idleMs: number;
  /** It has become known how many requests may be under way at once. */
  capacity(requests: number): void;
  /** The server speaks HTTP/1.1 only: here is a connection, and what waits for one. Nothing will be dispatched here any more. */
  fallBack(socket: Socket, waiting: readonly Waiting[]): void;
}

export interface Waiting {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
}

/**
 * Requests to one server over few connections, if it speaks HTTP/2: as many streams over each as the server allows, and another
 * connection when all are full. undici has that too, but limits nothing by what the server allows, fails requests that it should not when
 * one connection is going away, and does not see that a connection is dead.
 */
export class Multiplexer {
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #options: MultiplexerOptions;
  readonly #sessions = new Set<Session>();
  readonly #queue: Waiting[] = [];
  #pumping = false;
  #again = false;
  #capacity = 0;
  #connecting = false;
  #timer: Closable | undefined;
  #over = false;

  constructor(clock: Clock, origin: string, options: MultiplexerOptions) {
    this.#clock = clock;
    this.#origin = origin;
    this.#options = options;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#queue.push({ options, handler });
    this.#pump();
    return true;
  }

  /** Destroys every connection. Resolves when they are gone. */
  async destroy(): Promise<void> {
    this.#over = true;
    this.#timer?.close();
    const sessions = [...this.#sessions];
    for (const session of sessions) session.destroy();
    await Promise.all(sessions.map(({ closed }) => closed));
  }

  #pump(): void {
    if (this.#over) return;
    // What is aborted already makes room again while it is begun: in a loop, not on the stack.
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#again) {
      this.#again = false;
      for (const session of this.#sessions) {
        while (session.hasRoom && this.#queue.length > 0) {
          const { options, handler } = this.#queue.shift() as Waiting;
          session.run(new Exchange(options, handler));
        }
      }
    }
    this.#pumping = false;
    // What a new connection allows is known in a moment.
    const isAwaited = this.#connecting || [...this.#sessions].some(({ isNew }) => isNew);
    if (this.#queue.length > 0 && !isAwaited && this.#sessions.size < this.#options.connections) void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    try {
      const socket = await this.#options.connect();
      this.#connecting = false;
      if (this.#over) socket.destroy();
      else if (socket.alpnProtocol === "h2") this.#add(socket);
      else if (this.#sessions.size > 0) socket.destroy();
      else {
        this.#over = true;
        this.#timer?.close();
        this.#options.fallBack(socket, this.#queue.splice(0));
      }
    } catch (thrown) {
      this.#connecting = false;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      // Others may have room again in a while.
      if (this.#sessions.size === 0) this.#failAll(error);
    }
  }

  #add(socket: Socket): void {
    const session = new Session(this.#origin, socket, {
      changed: () => {
        this.#allows(session.limit);
        this.#pump();
      },
      gone: (gone, error) => {
        this.#sessions.delete(gone);
        // A server that closes before it has said anything must not be connected to again and again.
        if (gone.isNew) this.#failAll(error ?? new Error("the server has closed the connection (HTTP/2)"));
        this.#pump();
      },
    });
    this.#sessions.add(session);
    this.#look();
  }

  #allows(streams: number): void {
    const capacity = streams * this.#options.connections;
    if (capacity === 0 || capacity === this.#capacity) return;
    this.#capacity = capacity;
    this.#options.capacity(capacity);
  }

  #failAll(error: Error): void {
    for (const { options, handler } of this.#queue.splice(0)) new Exchange(options, handler).fail(error);
  }

  /** Goes on for as long as there are connections. */
  #look(): void {
    if (this.#over || this.#sessions.size === 0) return;
    this.#timer ??= this.#clock.after(this.#options.idleMs, () => {
      this.#timer = undefined;
      for (const session of [...this.#sessions]) {
        session.closeIfIdle();
        session.check();
      }
      this.#look();
    });
  }
}
