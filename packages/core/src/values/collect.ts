import { BaseVar } from "./base-var.js";
import { type Dependent, type Link, rethrow, type Turn, varProtocol } from "./protocol.js";
import type { Var } from "./var.js";

/** The values of many Vars, in order. Iterative, so that the number of Vars is bounded by memory only. */
export class CollectVar<T> extends BaseVar<readonly T[]> {
  readonly #vars: readonly Var<T>[];

  constructor(vars: readonly Var<T>[]) {
    super();
    this.#vars = vars;
  }

  override [varProtocol](dependent: Dependent): Link<readonly T[]> {
    return new CollectLink(this.#vars, dependent);
  }
}

class CollectLink<T> implements Link<readonly T[]> {
  readonly dependent: Dependent;
  readonly #members: Member<T>[] = [];
  #stale: Member<T>[] = [];
  value: readonly T[];

  constructor(vars: readonly Var<T>[], dependent: Dependent) {
    this.dependent = dependent;
    const values: T[] = [];
    try {
      for (const one of vars) {
        const member: Member<T> = new Member(this, this.#members.length);
        member.link = one[varProtocol](member);
        this.#members.push(member);
        values.push(member.link.value);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.value = values;
  }

  mark(member: Member<T>): void {
    this.#stale.push(member);
  }

  pull(): boolean {
    if (this.#stale.length === 0) return false;
    const stale = this.#stale;
    this.#stale = [];
    let values: T[] | undefined;
    const thrown: unknown[] = [];
    for (const member of stale) {
      member.marked = false;
      try {
        if (member.link?.pull()) {
          values ??= this.value.slice();
          values[member.index] = member.link.value;
        }
      } catch (error) {
        thrown.push(error);
      }
    }
    if (values !== undefined) this.value = values;
    rethrow(thrown);
    return values !== undefined;
  }

  close(): void {
    for (const member of this.#members) member.link?.close();
    this.#stale = [];
  }
}

/** One of the collected: remembers that it moved, so that a pull visits only those that did. */
class Member<T> implements Dependent {
  readonly #parent: CollectLink<T>;
  readonly index: number;
  link: Link<T> | undefined;
  marked = false;

  constructor(parent: CollectLink<T>, index: number) {
    this.#parent = parent;
    this.index = index;
  }

  stale(turn: Turn): void {
    if (!this.marked) {
      this.marked = true;
      this.#parent.mark(this);
    }
    this.#parent.dependent.stale(turn);
  }
}
