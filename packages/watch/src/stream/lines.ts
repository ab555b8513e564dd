import { NamerError } from "@namerkit/core";

const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines, wherever its pieces begin and end: newline-delimited JSON comes with several objects in one piece,
 * and one object, or one character, over several. A line that is longer than `maxBytes` is NAMER_ANSWER, thrown as soon as that is known.
 */
export class Lines {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a line that has not ended yet. */
  get rest(): number {
    return this.#size;
  }

  /** The lines that have ended with this piece, without their newlines and without empty ones. They may share its memory. */
  *push(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      const line = this.#take(piece.subarray(from, at));
      from = at + 1;
      if (line.length > 0) yield line;
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
  }

  #take(end: Uint8Array): Uint8Array {
    this.#grow(end.length);
    const line = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end], this.#size);
    this.#parts = [];
    this.#size = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    this.#grow(part.length);
    this.#parts.push(part);
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size <= this.#maxBytes) return;
    this.#parts = [];
    this.#size = 0;
    throw new NamerError("NAMER_ANSWER", `a line of the stream is longer than ${this.#maxBytes} bytes`);
  }
}
