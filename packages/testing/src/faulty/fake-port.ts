import type { Behaviour, Exchange, SeenRequest } from "./behaviour.js";
import type { FaultyServer } from "./server.js";

/** A fake of a catalogue on a port of the loopback. */
export abstract class FakePort implements AsyncDisposable {
  /** With the log of requests and connections. Its `behave` puts something else in the place of the fake, until `heal`. */
  readonly server: FaultyServer;
  /** Asked for each request: something to be done to the connection instead of answering, such as `hangMidBody()`. */
  fault: ((request: SeenRequest) => Behaviour | undefined) | undefined;
  readonly #closed: () => void;
  readonly #behaviour: Behaviour;

  /** `name`: of what it is a fake. `within`: what holds for all connections, whatever is answered. */
  constructor(
    server: FaultyServer,
    name: string,
    closed: () => void,
    within: (behaviour: Behaviour) => Behaviour = (same) => same,
  ) {
    this.server = server;
    this.#closed = closed;
    this.#behaviour = within({
      name,
      connect: (socket) => {
        if (this.accepting) return false;
        socket.resetAndDestroy();
        return true;
      },
      request: (exchange) => {
        const fault = this.fault?.(exchange.request);
        return fault === undefined ? this.answer(exchange) : fault.request(exchange);
      },
    });
    this.heal();
  }

  /** Whether somebody takes connections. */
  abstract readonly accepting: boolean;
  protected abstract answer(exchange: Exchange): Promise<void>;

  get host(): string {
    return "127.0.0.1";
  }
  get port(): number {
    return this.server.port;
  }
  /** Without a slash at the end. */
  get url(): string {
    return this.server.url;
  }

  /** The fake again, whatever `fault` or the server's `behave` has put in its place. */
  heal(): void {
    this.fault = undefined;
    this.server.behave(this.#behaviour);
  }

  async close(): Promise<void> {
    this.#closed();
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
