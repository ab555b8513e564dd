/** Something that several generations use, and that ends with the last of them. Whoever makes it holds it. */
export class Shared<out T> {
  readonly value: T;
  readonly #end: () => void;
  #holders = 1;

  constructor(value: T, end: () => void) {
    this.value = value;
    this.#end = end;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  /** Once for each time that it is held. */
  release(): void {
    if (--this.#holders === 0) this.#end();
  }
}
