import { hash } from "node:crypto";
import { NamerError } from "@namerkit/core";
import { cutList } from "./pieces.js";

/** The part of an HttpAnswer that is needed here. */
export interface ListAnswer {
  readonly body: Uint8Array;
  /** For errors. */
  readonly request: string;
  /** @throws NamerError NAMER_ANSWER */
  json(): unknown;
}

/** What a list holds. The same object again as long as the server's answers mean the same. */
export interface Listed<T> {
  readonly entries: readonly T[];
  /** Entries that could not be understood. */
  readonly odd: number;
}

/** Bytes that are read without letting others have their turn; some 5 ms of work. */
const SLICE = 512 * 1024;

/**
 * Reads one list of the API again and again. From one version to the next nearly all of it is the same, in another order: each entry
 * is remembered by a digest of its bytes, so that only new ones are parsed, and a list of only known ones is the last one again.
 * Remembers as much as the last list held. A large list is read in slices, between which others have their turn.
 */
export class DigestList<T extends object> {
  readonly #what: string;
  readonly #read: (value: unknown) => T | undefined;
  readonly #unread: Buffer | undefined;
  #known: ReadonlyMap<string, T | undefined> = new Map();
  #last: Listed<T> | undefined;

  /**
   * `what` is in the list, for errors; `read` gives undefined for what cannot be understood. `unread` is a list that entries may begin
   * with and `read` does not look at: entries that differ in it alone are the same.
   */
  constructor(
    what: string,
    read: (value: unknown) => T | undefined,
    options: { readonly unread?: string | undefined } = {},
  ) {
    this.#what = what;
    this.#read = read;
    this.#unread = options.unread === undefined ? undefined : Buffer.from(`{"${options.unread}":[`);
  }

  /**
   * A list that is `null` is an empty one: the server writes it so.
   *
   * @throws NamerError NAMER_ANSWER if it is no list; the signal's reason
   */
  async read(answer: ListAnswer, signal?: AbortSignal): Promise<Listed<T>> {
    const { buffer, byteOffset, length } = answer.body;
    const body = Buffer.from(buffer, byteOffset, length);
    const cuts = cutList(body);
    return (cuts && (await this.#pieces(body, cuts, signal))) ?? this.#whole(answer);
  }

  /** Undefined if one of the pieces is no JSON, nor several entries with commas between them. */
  async #pieces(body: Buffer, cuts: readonly number[], signal?: AbortSignal): Promise<Listed<T> | undefined> {
    const known = this.#known;
    const seen = new Map<string, T | undefined>();
    let sliceEnd = SLICE;
    for (let i = 0; i < cuts.length; i += 2) {
      const end = cuts[i + 1] as number;
      const piece = body.subarray(cuts[i], end);
      const digest = hash("sha256", this.#essence(piece), "binary");
      if (!seen.has(digest)) {
        if (known.has(digest)) seen.set(digest, known.get(digest));
        else {
          const values = parse(piece);
          if (values === undefined) return undefined;
          if (values.length === 1) seen.set(digest, this.#read(values[0]));
          else this.#remember(values, seen);
        }
      }
      if (end < sliceEnd) continue;
      sliceEnd = end + SLICE;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    this.#known = seen;
    return this.#settle(seen.values());
  }

  #whole(answer: ListAnswer): Listed<T> {
    const list = answer.json() ?? [];
    if (!Array.isArray(list)) {
      const what = typeof list === "object" ? "a map" : `a ${typeof list}`;
      throw new NamerError("NAMER_ANSWER", `${answer.request}: ${what}, where a list of ${this.#what} was expected`);
    }
    const seen = new Map<string, T | undefined>();
    this.#remember(list, seen);
    this.#known = seen;
    return this.#settle(seen.values());
  }

  /** Entries whose own bytes are not known, by those that they would most likely have. */
  #remember(values: readonly unknown[], seen: Map<string, T | undefined>): void {
    for (const value of values) {
      const text = written(value);
      const digest = text === undefined ? `${seen.size}` : hash("sha256", this.#essence(Buffer.from(text)), "binary");
      if (!seen.has(digest)) seen.set(digest, this.#known.has(digest) ? this.#known.get(digest) : this.#read(value));
    }
  }

  /** Without what is not read. What looks like the end of that list may be in a text in it: then less is left out than could be. */
  #essence(piece: Buffer): Buffer {
    const unread = this.#unread;
    if (unread === undefined || !piece.subarray(0, unread.length).equals(unread)) return piece;
    return piece.subarray(Math.max(0, piece.indexOf("]", unread.length)));
  }

  /** The last list again, if this one holds the same. */
  #settle(all: Iterable<T | undefined>): Listed<T> {
    const entries: T[] = [];
    let odd = 0;
    for (const one of all) {
      if (one === undefined) odd++;
      else entries.push(one);
    }
    const last = this.#last;
    if (last?.odd === odd && last.entries.length === entries.length) {
      const before = new Set(last.entries);
      if (entries.every((entry) => before.has(entry))) return last;
    }
    this.#last = { entries, odd };
    return this.#last;
  }
}

/** Mostly one; more where an entry begins with another key than the first of the list. Undefined for what is no JSON. */
function parse(piece: Buffer): readonly unknown[] | undefined {
  const text = piece.toString();
  try {
    return [JSON.parse(text)];
  } catch {
    try {
      return JSON.parse(`[${text}]`) as readonly unknown[];
    } catch {
      return undefined;
    }
  }
}

/** Undefined for what is nested too deep to be written. */
function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
