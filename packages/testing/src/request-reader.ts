/** A request as it came: head only; bodies are read over. */
export interface SeenRequest {
  readonly method: string;
  /** The request target as sent. */
  readonly url: string;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Finds the requests in the bytes of one connection. Understands Content-Length bodies, which is all that tests send. */
export class RequestReader {
  #buffered = Buffer.alloc(0);
  #bodyLeft = 0;

  feed(chunk: Buffer): SeenRequest[] {
    const found: SeenRequest[] = [];
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    for (;;) {
      const skipped = Math.min(this.#bodyLeft, this.#buffered.length);
      this.#buffered = this.#buffered.subarray(skipped);
      this.#bodyLeft -= skipped;
      const end = this.#buffered.indexOf("\r\n\r\n");
      if (this.#bodyLeft > 0 || end < 0) return found;
      const [first = "", ...lines] = this.#buffered.toString("latin1", 0, end).split("\r\n");
      this.#buffered = this.#buffered.subarray(end + 4);
      const [method = "", url = ""] = first.split(" ");
      const headers: Record<string, string> = {};
      for (const line of lines) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      this.#bodyLeft = Number(headers["content-length"] ?? 0);
      found.push({ method, url, headers });
    }
  }
}
