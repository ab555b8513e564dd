import { type ClientHttp2Session, connect } from "node:http2";
import type { Socket } from "node:net";
import type { Exchange } from "./exchange.js";

/** No more streams than this over one connection, whatever the server would allow: they would all be lost with it. */
const MOST_STREAMS = 500;
/** How much may come in for one answer, and for all, before the server has to wait for us. */
const STREAM_WINDOW = 1024 * 1024;
const WINDOW = 16 * STREAM_WINDOW;
/** What Node.js may hold for a connection, in MB, before it refuses new streams; more than the window. */
const MEMORY = 64;

/** How many looks a ping may go unanswered. */
const OCCASIONS = 3;

export interface SessionEvents {
  /** There may be room for more, or it has become known how much room there is. */
  changed(): void;
  /** It is gone. */
  gone(session: Session, error: Error | undefined): void;
}

/** One HTTP/2 connection. */
export class Session {
  readonly #session: ClientHttp2Session;
  readonly #events: SessionEvents;
  readonly closed: Promise<void>;
  #limit = 0;
  #streams = 0;
  #leaving = false;
  #pinged = false;
  #occasions = 0;
  #idle = false;
  #error: Error | undefined;

  /** @param socket connected, and agreed on h2 */
  constructor(origin: string, socket: Socket, events: SessionEvents) {
    this.#events = events;
    const settings = { enablePush: false, initialWindowSize: STREAM_WINDOW };
    const session = connect(origin, { createConnection: () => socket, settings, maxSessionMemory: MEMORY });
    this.#session = session;
    session.on("connect", () => session.setLocalWindowSize(WINDOW));
    session.on("remoteSettings", ({ maxConcurrentStreams = MOST_STREAMS }) => {
      this.#limit = Math.min(MOST_STREAMS, maxConcurrentStreams);
      events.changed();
    });
    // The server is about to leave: what is under way may end, nothing new begins.
    session.on("goaway", () => {
      this.#leaving = true;
      events.changed();
    });
    session.on("error", (error) => {
      this.#error = error;
    });
    // When TLS fails after the handshake, as with 1.3 where a certificate of ours is missing, Node.js ends neither of the two.
    socket.once("error", () => socket.destroy());
    this.closed = new Promise((resolve) => {
      session.on("close", () => {
        resolve();
        events.gone(this, this.#error);
      });
    });
  }

  /** How many streams the server allows; 0 until it has said so. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the server has still to say how many streams it allows. */
  get isNew(): boolean {
    return this.#limit === 0 && !this.#leaving;
  }

  get hasRoom(): boolean {
    return !this.#leaving && !this.#session.destroyed && !this.#session.closed && this.#streams < this.#limit;
  }

  run(exchange: Exchange): void {
    this.#streams++;
    this.#idle = false;
    exchange.start(this.#session, () => {
      this.#streams--;
      if (this.#leaving && this.#streams === 0) this.#session.close();
      this.#events.changed();
    });
  }

  /** Closes it if it was idle the last time, and since. */
  closeIfIdle(): void {
    if (this.#streams > 0 || this.isNew) this.#idle = false;
    else if (this.#idle) this.#session.close();
    else this.#idle = true;
  }

  /**
   * To be called now and then: asks the server for a sign of life (PING), and destroys the connection when it has been given so many
   * occasions to answer. Occasions and not time, because it may be us who were held up.
   */
  check(): void {
    if (this.#session.destroyed || this.#session.closed) return;
    if (!this.#pinged) {
      this.#occasions = 0;
      this.#pinged = this.#session.ping(() => {
        this.#pinged = false;
      });
    } else if (++this.#occasions >= OCCASIONS) {
      this.destroy(new Error("the server does not answer pings (HTTP/2)"));
    }
  }

  destroy(error?: Error): void {
    this.#error ??= error;
    this.#session.destroy(error);
  }
}
