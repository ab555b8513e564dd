const PLACES = 4_096;
/** Longer ones are rarely the same. */
const LONGEST = 48;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Strings made of bytes, of which the same come again and again: the last at each place of a table is kept, so that it need not be made
 * anew. A string never shares the memory of the bytes.
 */
export class Strings {
  readonly #last: string[] = new Array<string>(PLACES).fill("");

  /** `hash`: of the bytes, any. `ascii`: none of them is above 127. */
  of(bytes: Buffer, from: number, to: number, hash: number, ascii: boolean): string {
    if (!ascii) return utf8.decode(bytes.subarray(from, to));
    const length = to - from;
    if (length > LONGEST) return bytes.toString("latin1", from, to);
    const place = (hash ^ (hash >>> 12)) & (PLACES - 1);
    const known = this.#last[place] as string;
    if (known.length === length && isSame(known, bytes, from)) return known;
    const made = bytes.toString("latin1", from, to);
    this.#last[place] = made;
    return made;
  }
}

function isSame(text: string, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
