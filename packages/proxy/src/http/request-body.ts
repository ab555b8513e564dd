import type { IncomingMessage } from "node:http";
import { Upload } from "../upstream/upload.js";
import type { Framing } from "./request-head.js";

/** Bodies up to this size are kept while they are sent, so that they can be sent again. */
const replayableBytes = 65_536;

/** The body of a request, for one attempt after the other. Chunked bodies and large ones can be sent once only. */
export class RequestBody {
  readonly #req: IncomingMessage;
  readonly #framing: Framing;
  readonly #moved: () => void;
  readonly #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #upload: Upload | undefined;
  #trailers: ((raw: readonly string[]) => void) | undefined;

  /** `moved` is called whenever a part of it arrives. */
  constructor(req: IncomingMessage, framing: Framing, moved: () => void) {
    this.#req = req;
    this.#framing = framing;
    this.#moved = moved;
    this.#kept = typeof framing === "number" && framing > 0 && framing <= replayableBytes ? [] : undefined;
  }

  /** True while the endpoint would take more than the client has sent. */
  get hungry(): boolean {
    return this.#upload?.hungry === true;
  }

  /** All of it can be sent again, although some endpoint may have had it. */
  get replayable(): boolean {
    return this.#framing === 0 || (this.#kept !== undefined && this.#keptBytes === this.#framing);
  }

  /**
   * For the next attempt. Whatever the client has sent must have been asked for by no attempt before, or be replayable.
   * `trailers` gets those of the request, if it has some, just before the end.
   */
  open(trailers: (raw: readonly string[]) => void): Upload | Buffer | null {
    this.stop();
    this.#trailers = trailers;
    if (this.#framing === 0) return null;
    if (this.#kept !== undefined && this.replayable) return Buffer.concat(this.#kept);
    this.#upload = new Upload(this.#req, this.#arrived, this.#ended);
    return this.#upload;
  }

  /** Reads no more of it. */
  stop(): void {
    this.#upload?.destroy();
    this.#upload = undefined;
  }

  readonly #arrived = (chunk: Buffer): void => {
    this.#moved();
    this.#kept?.push(chunk);
    this.#keptBytes += chunk.length;
  };

  readonly #ended = (): void => {
    this.#moved();
    if (this.#req.rawTrailers.length > 0) this.#trailers?.(this.#req.rawTrailers);
  };
}
