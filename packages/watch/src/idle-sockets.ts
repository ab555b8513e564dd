import type { Socket } from "node:net";
import type { Clock, Closable } from "@namerkit/core";
import { type buildConnector, Client } from "undici";

interface Kept {
  readonly client: Client;
  socket: Socket | undefined;
  /** How much had been written to it when it was seen idle. */
  idleAt: number | undefined;
}

/**
 * Connections that wait for the next request, closed after a while by the clock. undici does that too, by a clock of its own that no
 * test can turn; and what counts towards a limit must not depend on it.
 */
export class IdleSockets {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #kept = new Set<Kept>();
  #timer: Closable | undefined;

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** A client, which is one connection at most, as undici's Pool makes them; looked after from now on. */
  client(origin: URL | string, options: Client.Options, connect: buildConnector.connector): Client {
    const watched: buildConnector.connector = (how, callback) =>
      // Returned as it is: whoever connects may look at it.
      connect(how, (...result) => {
        const socket = result[1] ?? undefined;
        kept.socket = socket;
        kept.idleAt = undefined;
        callback(...result);
      });
    const kept: Kept = {
      client: new Client(origin, { ...options, connect: watched }),
      socket: undefined,
      idleAt: undefined,
    };
    this.#kept.add(kept);
    return kept.client;
  }

  /** To be called when a request is over: from then on its connection may be idle. */
  used(): void {
    if (this.#kept.size === 0) return;
    this.#timer ??= this.#clock.after(this.#idleMs, () => {
      this.#timer = undefined;
      if (this.#sweep()) this.used();
    });
  }

  close(): void {
    this.#timer?.close();
    this.#timer = undefined;
    this.#kept.clear();
  }

  /** Closes what was idle the last time and since; whether there is something left to look after. */
  #sweep(): boolean {
    let left = false;
    for (const kept of this.#kept) {
      const { client, socket, idleAt } = kept;
      if (client.destroyed || client.closed) this.#kept.delete(kept);
      if (socket === undefined || socket.destroyed) continue;
      if (client.stats.size > 0) kept.idleAt = undefined;
      else if (idleAt === socket.bytesWritten) socket.destroy();
      else {
        kept.idleAt = socket.bytesWritten;
        left = true;
      }
    }
    return left;
  }
}
