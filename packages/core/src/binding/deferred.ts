import { BaseVar } from "../values/base-var.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import type { Var } from "../values/var.js";

/** A Var made anew for each observer, so that what it remembers lives exactly as long as the observation. */
export class DeferredVar<T> extends BaseVar<T> {
  readonly #make: () => Var<T>;

  constructor(make: () => Var<T>) {
    super();
    this.#make = make;
  }

  override [varProtocol](dependent: Dependent): Link<T> {
    return this.#make()[varProtocol](dependent);
  }
}
