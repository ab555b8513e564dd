import { BaseVar } from "../values/base-var.js";
import { Cell } from "../values/cell.js";
import type { Closable } from "../values/closable.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { Clock } from "./clock.js";
import type { Bound } from "./found.js";
import { Grace } from "./grace.js";

type Shown = State<Bound | undefined>;

/** What is known of the watch that a name comes from; a Supervisor is one. */
export interface Origin {
  /** Whether the catalogue has answered since the watch was started. */
  readonly answered: boolean;
  readonly contactLost: boolean;
  /** Calls back after each answer or sign of life, once it has had its effect. */
  onContact(fn: () => void): Closable;
  /** Counts, in status and metrics, without telling anybody at once. */
  note(name: string): void;
}

export interface BeliefSpec {
  readonly clock: Clock;
  readonly origin: Origin;
  readonly emptyGraceMs: number;
  /** Told what observers throw when time has moved the name. */
  readonly report: (thrown: unknown) => void;
  /** Called soon after the name has come to exist, or ceased to. */
  readonly moved?: (() => void) | undefined;
}

/**
 * What is believed of one name: what its source says, except where the catalogue is given time. A function of the source and of the
 * clock, so that all names of one snapshot still move together; it waits for time only while it is observed.
 */
export class Belief extends BaseVar<Shown> {
  readonly #source: Var<Shown>;
  readonly #spec: BeliefSpec;
  readonly #grace: Grace;
  /** Moves when time, and not the source, has something to say. */
  readonly #time = new Cell(0);
  #links = 0;
  #input: Shown | undefined;
  #shown: Shown = State.pending;
  #wait: Closable | undefined;

  constructor(source: Var<Shown>, spec: BeliefSpec) {
    super();
    this.#source = source;
    this.#spec = spec;
    this.#grace = new Grace(spec.clock, spec.emptyGraceMs);
  }

  /** What its observers see; undefined when there are none. */
  get shown(): Shown | undefined {
    return this.#links > 0 ? this.#shown : undefined;
  }

  override [varProtocol](dependent: Dependent): Link<Shown> {
    this.#links++;
    try {
      const links = [this.#source[varProtocol](dependent), this.#time[varProtocol](dependent)] as const;
      return new BeliefLink(
        links,
        (state) => this.#of(state),
        () => this.#leave(),
      );
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #of(state: Shown): Shown {
    if (state === this.#input) return this.#shown;
    this.#input = state;
    this.#wait?.close();
    this.#wait = undefined;
    const before = this.#shown;
    this.#shown = this.#judge(state);
    if (exists(before) !== exists(this.#shown)) this.#announce();
    return this.#shown;
  }

  #judge(state: Shown): Shown {
    if (state.status === "pending" && this.#shown.status === "ok") return this.#shown;
    // An unreachable catalogue that counts as Neg has not said that anything is gone.
    if (state.status !== "ok" || !this.#spec.origin.answered) return state;
    if (state.value === undefined) return this.#empty(state);
    this.#grace.full(state.value);
    return state;
  }

  #empty(state: Shown): Shown {
    const { origin, clock } = this.#spec;
    const held = this.#grace.empty(origin.contactLost);
    if (held === undefined) return state;
    if (held.first) origin.note("held_empty");
    const again = (): void => this.#again();
    this.#wait = held.waitMs > 0 ? clock.after(held.waitMs, again) : origin.onContact(again);
    return State.ok(held.bound);
  }

  #again(): void {
    this.#input = undefined;
    try {
      this.#time.update(0);
    } catch (thrown) {
      this.#spec.report(thrown);
    }
  }

  /** Not at once: observers of something else must not run while this is being evaluated. */
  #announce(): void {
    const { moved } = this.#spec;
    if (moved !== undefined) void Promise.resolve().then(moved);
  }

  #leave(): void {
    if (--this.#links > 0) return;
    this.#wait?.close();
    this.#wait = undefined;
    this.#input = undefined;
    this.#shown = State.pending;
    this.#grace.left();
  }
}

type Links = readonly [source: Link<Shown>, time: Link<number>];

class BeliefLink implements Link<Shown> {
  readonly #links: Links;
  readonly #of: (state: Shown) => Shown;
  #left: (() => void) | undefined;
  value: Shown;

  constructor(links: Links, of: (state: Shown) => Shown, left: () => void) {
    this.#links = links;
    this.#of = of;
    this.#left = left;
    this.value = of(links[0].value);
  }

  pull(): boolean {
    const [source, time] = this.#links;
    const moved = source.pull();
    if (!time.pull() && !moved) return false;
    const value = this.#of(source.value);
    if (value === this.value) return false;
    this.value = value;
    return true;
  }

  close(): void {
    const left = this.#left;
    if (left === undefined) return;
    this.#left = undefined;
    for (const link of this.#links) link.close();
    left();
  }
}

function exists(shown: Shown): boolean {
  return shown.status === "ok" && shown.value !== undefined;
}
