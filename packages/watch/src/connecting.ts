import { Socket } from "node:net";
import { type Clock, type Closable, NamerError } from "@namerkit/core";
import { buildConnector } from "undici";

/**
 * Sockets that are not connected yet. undici has no hold on them, and a request that waits for one cannot be aborted: it is found out
 * only when the connection stands, or the kernel gives up after minutes. Here they have a deadline by the clock, and can be destroyed
 * when nobody waits for them any more.
 */
export class Connecting {
  readonly #clock: Clock;
  readonly #connectMs: number;
  readonly #sockets = new Map<Socket, string>();
  readonly #waiting = new Map<string, number>();
  readonly #connect: buildConnector.connector;

  constructor(clock: Clock, connectMs: number, tls: buildConnector.BuildOptions) {
    this.#clock = clock;
    this.#connectMs = connectMs;
    this.#connect = buildConnector({ ...tls, timeout: 0 });
  }

  /** For undici's Agent. */
  readonly connector: buildConnector.connector = (options, callback) => {
    let socket: unknown;
    let timer: Closable | undefined;
    let over = false;
    const done: buildConnector.Callback = (...result) => {
      over = true;
      timer?.close();
      if (socket instanceof Socket) this.#sockets.delete(socket);
      callback(...result);
    };
    // Typed as void, and documented nowhere; where it should return nothing, undici's own ways have to do.
    socket = this.#connect(options, done) as unknown;
    if (!(socket instanceof Socket) || over) return;
    const connecting = socket;
    this.#sockets.set(connecting, originOf(options));
    timer = this.#clock.after(this.#connectMs, () => {
      const { hostname, port } = options;
      connecting.destroy(
        new NamerError("NAMER_UNAVAILABLE", `no connection to ${hostname}:${port} within ${this.#connectMs} ms`),
      );
    });
  };

  /** Somebody waits for a connection to `origin` until the returned function is called. */
  wait(origin: string): () => void {
    this.#waiting.set(origin, (this.#waiting.get(origin) ?? 0) + 1);
    let waits = true;
    return () => {
      if (!waits) return;
      waits = false;
      const left = (this.#waiting.get(origin) ?? 1) - 1;
      if (left > 0) this.#waiting.set(origin, left);
      else {
        this.#waiting.delete(origin);
        this.#drop((each) => each === origin);
      }
    };
  }

  close(): void {
    this.#drop(() => true);
  }

  #drop(which: (origin: string) => boolean): void {
    for (const [socket, origin] of [...this.#sockets]) {
      // Not undici's own code for sockets, on which it would connect again.
      if (which(origin)) socket.destroy(new NamerError("ABORTED", "nobody waits for the connection any more"));
    }
  }
}

function originOf({ protocol, host, hostname, port }: buildConnector.Options): string {
  return `${protocol}//${host ?? `${hostname}${port && `:${port}`}`}`;
}
