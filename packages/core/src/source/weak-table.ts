/**
 * Things by key for as long as somebody else holds them. Whoever asks twice while the first one is still held gets the same one,
 * and yet names that are looked up once and dropped leave nothing behind.
 */
export class WeakTable<V extends object> {
  readonly #refs = new Map<string, WeakRef<V>>();
  readonly #registry = new FinalizationRegistry<string>((key) => {
    // Another of the same key may have moved in since.
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  get(key: string): V | undefined {
    return this.#refs.get(key)?.deref();
  }

  getOrMake(key: string, make: () => V): V {
    const found = this.get(key);
    if (found !== undefined) return found;
    const made = make();
    this.#refs.set(key, new WeakRef(made));
    this.#registry.register(made, key);
    return made;
  }

  /** How many keys are remembered, those included whose things are gone but not yet swept. */
  get size(): number {
    return this.#refs.size;
  }
}
