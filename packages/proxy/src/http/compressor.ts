import { constants, createDeflate, createGzip, type Deflate, type Gzip } from "node:zlib";
import type { ContentCoding } from "./content-coding.js";

/** Takes what comes out. False: `drained` is called before there may be more. */
export type Sink = (chunk: Buffer, drained: () => void) => boolean;

/** Compresses one body on its way, off the main thread, with what `Sink` has not taken held back. */
export class Compressor {
  readonly #zip: Gzip | Deflate;

  /** `length` of the body, where it is known: what is short needs no large window. `closed` is called once, at its end. */
  constructor(coding: ContentCoding, level: number, length: number | undefined, sink: Sink, closed: () => void) {
    const windowBits = length === undefined ? 15 : Math.min(15, Math.max(9, Math.ceil(Math.log2(length))));
    const options = { level, windowBits, memLevel: Math.max(1, windowBits - 7) };
    const zip = coding === "gzip" ? createGzip(options) : createDeflate(options);
    const resume = () => zip.resume();
    zip.on("data", (chunk: Buffer) => {
      if (!sink(chunk, resume)) zip.pause();
    });
    zip.once("close", closed);
    this.#zip = zip;
  }

  /** False: wait for `drained` before writing more. */
  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#zip.write(chunk, this.#written)) return true;
    this.#zip.once("drain", drained);
    return false;
  }

  /** What the endpoint has said does not wait for what it will say. */
  readonly #written = (): void => {
    const zip = this.#zip;
    if (zip.writableLength === 0 && !zip.writableEnded && !zip.destroyed) zip.flush(constants.Z_SYNC_FLUSH);
  };

  /** Nothing more comes; `done` is called once everything has been taken, unless it is destroyed before. */
  end(done: () => void): void {
    this.#zip.once("end", done).end();
  }

  destroy(): void {
    this.#zip.destroy();
  }
}
