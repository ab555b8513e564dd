import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Two sockets joined after an Upgrade or a CONNECT: bytes go both ways, no faster than they are taken, and each direction ends by
 * itself. When one side breaks off, so does the other.
 */
export class Tunnel {
  /** Bytes that went to the client. */
  bytes = 0;
  readonly #client: Duplex;
  readonly #endpoint: Duplex;
  readonly #moved: () => void;
  readonly #over: () => void;
  #open = 2;

  /** `moved` is called for every chunk, `over` once, when both are closed. */
  constructor(client: Duplex, endpoint: Duplex, moved: () => void, over: () => void) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#moved = moved;
    this.#over = over;
    // Else node would end the way there as soon as the way back has ended.
    endpoint.allowHalfOpen = true;
    client.allowHalfOpen = true;
    this.#pump(client, endpoint);
    this.#pump(endpoint, client);
  }

  /** True while bytes wait to be taken by either side. */
  get stuck(): boolean {
    return this.#client.writableNeedDrain || this.#endpoint.writableNeedDrain;
  }

  close(): void {
    breakOff(this.#client);
    breakOff(this.#endpoint);
  }

  #pump(from: Duplex, to: Duplex): void {
    let whole = false;
    from.on("data", (chunk: Buffer) => {
      this.#moved();
      if (to === this.#client) this.bytes += chunk.length;
      if (to.write(chunk) || to.destroyed) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
    from.on("end", () => {
      whole = true;
      this.#moved();
      to.end();
    });
    from.on("error", () => {});
    const closed = () => {
      if (!whole) breakOff(to);
      if (--this.#open === 0) this.#over();
    };
    if (from.closed) {
      queueMicrotask(closed);
      return;
    }
    from.once("close", closed);
    from.resume();
  }
}

/** With a reset where that is possible: an end would look like one that the other side meant. */
function breakOff(socket: Duplex): void {
  if (socket instanceof Socket && !("encrypted" in socket)) socket.resetAndDestroy();
  else socket.destroy();
}
