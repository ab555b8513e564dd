// Answers with a Content-Length, one after the other on a raw socket: as little work for each as can be.
const HEAD_END = Buffer.from("\r\n\r\n");

/** A GET with the headers that clients usually send. */
export function requestFor(host = "web") {
  return `GET /x HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-Request-Id: 0123456789\r\nCookie: a=b; c=d\r\n\r\n`;
}

export class Responses {
  #buffered;
  #done;

  /** `done` is told of each, whether it is a 200; or undefined if it has no length, after which nothing can be read any more. */
  constructor(done) {
    this.#done = done;
  }

  push(chunk) {
    this.#buffered = this.#buffered === undefined ? chunk : Buffer.concat([this.#buffered, chunk]);
    const head = this.#buffered.indexOf(HEAD_END);
    if (head < 0) return;
    const text = this.#buffered.latin1Slice(0, head);
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) return this.#done(undefined);
    if (this.#buffered.length < head + 4 + length) return;
    this.#buffered = undefined;
    this.#done(text.startsWith("HTTP/1.1 200"));
  }
}
