import type { Var } from "../values/var.js";
import type { Bound } from "./found.js";
import type { Contact } from "./remembered-names.js";
import type { WarmStart } from "./warm-start.js";

/** One name's part of the warm start. */
export class WarmName {
  readonly #warm: WarmStart;
  readonly #key: string;
  readonly #contact: Contact;

  constructor(warm: WarmStart, key: string, contact: Contact) {
    this.#warm = warm;
    this.#key = key;
    this.#contact = contact;
  }

  /** Moves once, when `remembered` may have an answer. */
  get loaded(): Var<boolean> {
    return this.#warm.loaded;
  }

  wake(): void {
    this.#warm.wake();
  }

  /** What it had when there was contact last, and how long that may still be believed; 0 or less: no more. */
  get remembered(): { readonly bound: Bound; readonly leftMs: number } | undefined {
    return this.#warm.names.find(this.#key);
  }

  has(bound: Bound): void {
    if (this.#warm.names.live(this.#key, bound, this.#contact)) this.#warm.changed();
  }

  gone(): void {
    this.#warm.gone(this.#key);
  }

  left(): void {
    this.#warm.names.left(this.#key);
  }
}
