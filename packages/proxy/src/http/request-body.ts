import type { IncomingMessage } from "node:http";
import { Upload, type UploadOwner } from "../upstream/upload.js";
import type { Framing } from "./request-head.js";

/** Bodies up to this size are kept while they are sent, so that they can be sent again. */
const replayableBytes = 65_536;

export interface BodyOwner {
  /** A part of it has arrived. */
  onMoved(): void;
  /** The request has trailers; its body ends after this call. */
  onTrailers(raw: readonly string[]): void;
}

/** The body of a request, for one attempt after the other. Chunked bodies and large ones can be sent once only. */
export class RequestBody implements UploadOwner {
  readonly #req: IncomingMessage;
  readonly #framing: Framing;
  readonly #owner: BodyOwner;
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #upload: Upload | undefined;
  /** So much of it has come. */
  bytes = 0;

  constructor(req: IncomingMessage, framing: Framing, owner: BodyOwner) {
    this.#req = req;
    this.#framing = framing;
    this.#owner = owner;
    this.#kept = typeof framing === "number" && framing <= replayableBytes ? [] : undefined;
  }

  /** True while the endpoint would take more than the client has sent. */
  get hungry(): boolean {
    return this.#upload?.hungry === true;
  }

  /** All of it can be sent again, although some endpoint may have had it. */
  get replayable(): boolean {
    return this.#kept !== undefined && this.#keptBytes === this.#framing;
  }

  /** For the next attempt. No attempt before may have read from it, unless it is replayable. */
  open(): Upload | Buffer {
    this.stop();
    if (this.#kept !== undefined && this.replayable) return Buffer.concat(this.#kept);
    this.#upload = new Upload(this.#req, this);
    return this.#upload;
  }

  /** It will not be sent again: what was kept for that is let go of. */
  forget(): void {
    this.#kept = undefined;
  }

  /** Reads no more of it. */
  stop(): void {
    this.#upload?.destroy();
    this.#upload = undefined;
  }

  onChunk(chunk: Buffer): void {
    this.#owner.onMoved();
    this.bytes += chunk.length;
    if (this.#kept === undefined) return;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
  }

  onLast(): void {
    this.#owner.onMoved();
    if (this.#req.rawTrailers.length > 0) this.#owner.onTrailers(this.#req.rawTrailers);
  }
}
