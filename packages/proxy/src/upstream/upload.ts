import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

export interface UploadOwner {
  onChunk(chunk: Buffer): void;
  /** Nothing more comes; told before whoever reads the upload is. */
  onLast(): void;
}

/**
 * A client's request body on its way to an endpoint. undici destroys the stream it is given when it is done with it; were that
 * the client's own message, node would cut the client's connection and no answer could be sent. Holds one chunk at most beyond
 * what the client's socket has buffered, and reads from the client only while the endpoint takes more.
 */
export class Upload extends Readable {
  readonly #from: IncomingMessage;
  readonly #owner: UploadOwner;
  #attached = false;
  #hungry = false;

  constructor(from: IncomingMessage, owner: UploadOwner) {
    super({ highWaterMark: 1, autoDestroy: true });
    this.#from = from;
    this.#owner = owner;
    // Whoever destroys it with an error has reported that error already.
    this.on("error", () => {});
  }

  /** True while the endpoint would take more than the client has sent. */
  get hungry(): boolean {
    return this.#hungry;
  }

  override _read(): void {
    this.#hungry = true;
    if (!this.#attached) {
      this.#attached = true;
      this.#from.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose);
    }
    this.#from.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#hungry = false;
    this.#from.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    if (this.#attached) this.#from.pause();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#owner.onChunk(chunk);
    this.#hungry = false;
    if (!this.push(chunk)) this.#from.pause();
  };
  readonly #onEnd = (): void => {
    this.#owner.onLast();
    this.#hungry = false;
    this.push(null);
  };
  readonly #onClose = (): void => {
    if (!this.#from.complete) this.destroy(new Error("the client went away in the middle of its request"));
  };
}
