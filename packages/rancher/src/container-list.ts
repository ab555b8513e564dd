import { hash } from "node:crypto";
import { NamerError } from "@namerkit/core";
import { Catalogue } from "./catalogue.js";
import { type Entry, readContainer } from "./container.js";
import { cutList } from "./pieces.js";

/** The part of an HttpAnswer that is needed here. */
export interface ListAnswer {
  readonly body: Uint8Array;
  /** For errors. */
  readonly request: string;
  /** @throws NamerError NAMER_ANSWER */
  json(): unknown;
}

/** Bytes that are read without letting others have their turn; some 5 ms of work. */
const SLICE = 512 * 1024;

/**
 * Reads the list of containers again and again. From one version to the next nearly all of it is the same, in another order: each
 * entry is remembered by a digest of its bytes, so that only new ones are parsed, and a list of only known ones is the last catalogue
 * again. Remembers as much as the last list held. A large list is read in slices, between which others have their turn.
 */
export class ContainerList {
  readonly #allowLoopback: boolean;
  #known: ReadonlyMap<string, Entry> = new Map();
  #last: Catalogue | undefined;

  constructor(allowLoopback: boolean) {
    this.#allowLoopback = allowLoopback;
  }

  /**
   * Odd entries are left out and counted, never the list. A list that is `null` is an empty one: the server writes it so.
   *
   * @throws NamerError NAMER_ANSWER if it is no list; the signal's reason
   */
  async read(answer: ListAnswer, signal?: AbortSignal): Promise<Catalogue> {
    const { buffer, byteOffset, length } = answer.body;
    const body = Buffer.from(buffer, byteOffset, length);
    const cuts = cutList(body);
    return (cuts && cuts.length > 2 ? await this.#pieces(body, cuts, signal) : undefined) ?? this.#whole(answer);
  }

  /** Undefined if one of the pieces is not JSON. */
  async #pieces(body: Buffer, cuts: readonly number[], signal?: AbortSignal): Promise<Catalogue | undefined> {
    const known = this.#known;
    const seen = new Map<string, Entry>();
    let unknown = 0;
    let sliceEnd = SLICE;
    for (let i = 0; i < cuts.length; i += 2) {
      const end = cuts[i + 1] as number;
      const piece = body.subarray(cuts[i], end);
      const digest = hash("sha256", piece, "binary");
      let entry = known.get(digest) ?? seen.get(digest);
      if (entry === undefined) {
        entry = this.#parse(piece);
        if (entry === undefined) return undefined;
        unknown++;
      }
      seen.set(digest, entry);
      if (end < sliceEnd) continue;
      sliceEnd = end + SLICE;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    const same = unknown === 0 && seen.size === known.size && this.#last !== undefined;
    this.#known = seen;
    if (!same) this.#last = catalogueOf(seen.values());
    return this.#last;
  }

  #parse(piece: Buffer): Entry | undefined {
    let value: unknown;
    try {
      value = JSON.parse(piece.toString());
    } catch {
      return undefined;
    }
    return readContainer(value, this.#allowLoopback);
  }

  #whole(answer: ListAnswer): Catalogue {
    const list = answer.json() ?? [];
    if (!Array.isArray(list)) {
      const what = typeof list === "object" ? "a map" : `a ${typeof list}`;
      throw new NamerError("NAMER_ANSWER", `${answer.request}: ${what}, where a list of containers was expected`);
    }
    this.#known = new Map();
    this.#last = catalogueOf(list.map((value: unknown) => readContainer(value, this.#allowLoopback)));
    return this.#last;
  }
}

function catalogueOf(entries: Iterable<Entry>): Catalogue {
  const catalogue = new Catalogue();
  for (const entry of entries) catalogue.add(entry);
  return catalogue;
}
