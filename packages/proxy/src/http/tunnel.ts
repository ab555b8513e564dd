import { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface TunnelOwner {
  /** Something went through, or a direction has ended. */
  onMoved(): void;
  /** Once, when both sockets are closed; `bytes` went to the client. */
  onTunnelOver(bytes: number): void;
}

/**
 * Two sockets joined after an Upgrade or a CONNECT: bytes go both ways, no faster than they are taken, and each direction ends by
 * itself. When one side breaks off, so does the other.
 */
export class Tunnel {
  #bytes = 0;
  readonly #client: Duplex;
  readonly #endpoint: Duplex;
  readonly #owner: TunnelOwner;
  #open = 2;

  constructor(client: Duplex, endpoint: Duplex, owner: TunnelOwner) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#owner = owner;
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
      this.#owner.onMoved();
      if (to === this.#client) this.#bytes += chunk.length;
      if (to.write(chunk) || to.destroyed) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
    from.on("end", () => {
      whole = true;
      this.#owner.onMoved();
      to.end();
    });
    from.on("error", () => {});
    const closed = () => {
      if (!whole) breakOff(to);
      if (--this.#open === 0) this.#owner.onTunnelOver(this.#bytes);
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
