import { BaseVar } from "./base-var.js";
import type { Closable } from "./closable.js";
import { type Dependent, type Link, rethrow, UpdateTurn, varProtocol } from "./protocol.js";
import type { MutableVar } from "./var.js";

/**
 * The settable Var, at the bottom of every other kind.
 *
 * Observers and links hang in two doubly linked lists, so that coming and going cost the same for one or a million. A party that
 * leaves keeps its own `next`: an update under way that stands on it still finds the way to the end.
 */
export class Cell<T> extends BaseVar<T> implements MutableVar<T> {
  #value: T;
  #version = 0;
  #firstObserver: Party<T> | undefined;
  #lastObserver: Party<T> | undefined;
  #firstLink: CellLink<T> | undefined;
  #lastLink: CellLink<T> | undefined;

  constructor(initial: T) {
    super();
    this.#value = initial;
  }

  update(value: T): void {
    this.#value = value;
    const version = ++this.#version;
    let turn: UpdateTurn | undefined;
    if (this.#firstLink !== undefined) {
      turn = new UpdateTurn();
      for (let at: CellLink<T> | undefined = this.#firstLink; at !== undefined; at = at.next) at.dependent?.stale(turn);
    }
    let thrown: unknown[] | undefined;
    for (let at = this.#firstObserver; at !== undefined; at = at.next) {
      // Joined during this update, and so told already; or told by a nested update.
      if (at.seen >= version || at.fn === undefined) continue;
      at.seen = version;
      try {
        at.fn(value);
      } catch (error) {
        if (thrown === undefined) thrown = [error];
        else thrown.push(error);
      }
      // A nested update has told everybody something newer.
      if (this.#version !== version) break;
    }
    if (turn !== undefined) {
      turn.flush();
      thrown = thrown === undefined ? turn.thrown : [...thrown, ...turn.thrown];
    }
    if (thrown !== undefined) rethrow(thrown);
  }

  override observe(fn: (value: T) => void): Closable {
    const party = new Party(this, fn, this.#version);
    const last = this.#lastObserver;
    party.previous = last;
    if (last === undefined) this.#firstObserver = party;
    else last.next = party;
    this.#lastObserver = party;
    try {
      fn(this.#value);
    } catch (error) {
      party.close();
      throw error;
    }
    return party;
  }

  override sample(): T {
    return this.#value;
  }

  override [varProtocol](dependent: Dependent): Link<T> {
    return this.link(dependent);
  }

  /** As the protocol's link; `onClose` is called once, after the link has let go. */
  link(dependent: Dependent, onClose?: () => void): Link<T> {
    const link = new CellLink(this, dependent, onClose, this.#value, this.#version);
    const last = this.#lastLink;
    link.previous = last;
    if (last === undefined) this.#firstLink = link;
    else last.next = link;
    this.#lastLink = link;
    return link;
  }

  /** @internal For links. */
  get version(): number {
    return this.#version;
  }

  /** @internal */
  removeParty(party: Party<T>): void {
    if (party.previous === undefined) this.#firstObserver = party.next;
    else party.previous.next = party.next;
    if (party.next === undefined) this.#lastObserver = party.previous;
    else party.next.previous = party.previous;
  }

  /** @internal */
  removeLink(link: CellLink<T>): void {
    if (link.previous === undefined) this.#firstLink = link.next;
    else link.previous.next = link.next;
    if (link.next === undefined) this.#lastLink = link.previous;
    else link.next.previous = link.previous;
  }
}

/** A direct observer of a cell, and the handle that it was given. */
class Party<T> implements Closable {
  readonly #cell: Cell<T>;
  fn: ((value: T) => void) | undefined;
  seen: number;
  previous: Party<T> | undefined;
  next: Party<T> | undefined;

  constructor(cell: Cell<T>, fn: (value: T) => void, seen: number) {
    this.#cell = cell;
    this.fn = fn;
    this.seen = seen;
  }

  close(): void {
    if (this.fn === undefined) return;
    this.fn = undefined;
    this.#cell.removeParty(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class CellLink<T> implements Link<T> {
  readonly #cell: Cell<T>;
  readonly #onClose: (() => void) | undefined;
  #seen: number;
  dependent: Dependent | undefined;
  value: T;
  previous: CellLink<T> | undefined;
  next: CellLink<T> | undefined;

  constructor(cell: Cell<T>, dependent: Dependent, onClose: (() => void) | undefined, value: T, version: number) {
    this.#cell = cell;
    this.dependent = dependent;
    this.#onClose = onClose;
    this.value = value;
    this.#seen = version;
  }

  pull(): boolean {
    const version = this.#cell.version;
    if (version === this.#seen) return false;
    this.#seen = version;
    this.value = this.#cell.sample();
    return true;
  }

  close(): void {
    if (this.dependent === undefined) return;
    this.dependent = undefined;
    this.#cell.removeLink(this);
    this.#onClose?.();
  }
}
