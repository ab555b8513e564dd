/** In bytes. What is longer is not likely to come again. */
const LONGEST = 160;

/**
 * What was made of some bytes the last time. A value that begins with the same bytes as another, up to its closing bracket, is the same,
 * so that nothing needs to be read of it.
 */
export class Repeated {
  readonly #bytes = Buffer.alloc(LONGEST);
  length = 0;
  value: unknown;

  isAt(bytes: Uint8Array, at: number): boolean {
    const kept = this.#bytes;
    const { length } = this;
    if (length === 0) return false;
    for (let i = 0; i < length; i++) if (kept[i] !== bytes[at + i]) return false;
    return true;
  }

  keep(bytes: Buffer, from: number, to: number, value: unknown): void {
    this.length = to - from <= LONGEST ? bytes.copy(this.#bytes, 0, from, to) : 0;
    this.value = this.length > 0 ? value : undefined;
  }
}
