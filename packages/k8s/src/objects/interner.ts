/** Keeps one copy of each of a few texts that thousands of objects repeat. */
export class Interner {
  readonly #known = new Map<string, string>();

  of(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    // So many nodes there are in no cluster; what comes after is not shared, which costs memory only.
    if (this.#known.size < 20_000) this.#known.set(text, text);
    return text;
  }
}
