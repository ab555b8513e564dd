import { BaseVar } from "./base-var.js";
import { type Dependent, type Link, varProtocol } from "./protocol.js";
import type { Var } from "./var.js";

/** Another Var without the changes that `keep` says are none: where it is true, the earlier value stays. */
export class DistinctVar<T> extends BaseVar<T> {
  readonly #source: Var<T>;
  readonly #keep: (shown: T, next: T) => boolean;

  constructor(source: Var<T>, keep: (shown: T, next: T) => boolean) {
    super();
    this.#source = source;
    this.#keep = keep;
  }

  override [varProtocol](dependent: Dependent): Link<T> {
    return new DistinctLink(this.#source[varProtocol](dependent), this.#keep);
  }
}

class DistinctLink<T> implements Link<T> {
  readonly #source: Link<T>;
  readonly #keep: (shown: T, next: T) => boolean;
  value: T;

  constructor(source: Link<T>, keep: (shown: T, next: T) => boolean) {
    this.#source = source;
    this.#keep = keep;
    this.value = source.value;
  }

  pull(): boolean {
    if (!this.#source.pull()) return false;
    const next = this.#source.value;
    if (this.#keep(this.value, next)) return false;
    this.value = next;
    return true;
  }

  close(): void {
    this.#source.close();
  }
}
