import { BaseVar } from "./base-var.js";
import { type Closable, closedAlready } from "./closable.js";
import { type Link, varProtocol } from "./protocol.js";

/** A Var that never changes, and is therefore its own link. */
export class ConstantVar<T> extends BaseVar<T> implements Link<T> {
  readonly value: T;

  constructor(value: T) {
    super();
    this.value = value;
  }

  override [varProtocol](): Link<T> {
    return this;
  }

  override observe(fn: (value: T) => void): Closable {
    fn(this.value);
    return closedAlready;
  }

  override sample(): T {
    return this.value;
  }

  pull(): boolean {
    return false;
  }

  close(): void {}
}
