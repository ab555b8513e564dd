import { NamerError } from "../errors.js";
import { BaseVar } from "../values/base-var.js";
import { Cell } from "../values/cell.js";
import { type Closable, closeAll } from "../values/closable.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { Clock } from "./clock.js";
import type { Bound } from "./found.js";
import { Grace } from "./grace.js";
import type { Contact } from "./remembered-names.js";
import type { WarmName } from "./warm-name.js";

type Shown = State<Bound | undefined>;

/** What is known of the watch that a name comes from; a Supervisor is one. */
export interface Origin extends Contact {
  readonly running: boolean;
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
  /** Where what the name had in an earlier life of the process is shown until the catalogue answers. */
  readonly warm?: WarmName | undefined;
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
  #loaded = false;
  #shown: Shown = State.pending;
  #wait: Closable | undefined;
  /** What was remembered has been shown to the present observers. */
  #warm = false;

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
    const { warm } = this.#spec;
    this.#links++;
    try {
      warm?.wake();
      const source = this.#source[varProtocol](dependent);
      const times: Link<unknown>[] = [this.#time[varProtocol](dependent)];
      if (warm !== undefined) times.push(warm.loaded[varProtocol](dependent));
      return new BeliefLink(source, times, this);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** @internal For links: what to show when the source says `state`. */
  of(state: Shown): Shown {
    const loaded = this.#spec.warm?.loaded.sample() ?? false;
    if (state === this.#input && loaded === this.#loaded) return this.#shown;
    this.#input = state;
    this.#loaded = loaded;
    this.#wait?.close();
    this.#wait = undefined;
    const before = this.#shown;
    this.#shown = this.#judge(state);
    if (exists(before) !== exists(this.#shown)) this.#announce();
    return this.#shown;
  }

  #judge(state: Shown): Shown {
    const { origin, warm } = this.#spec;
    if (warm !== undefined && origin.running && !origin.answered) return this.#remembered(warm) ?? state;
    if (state.status === "pending" && this.#shown.status === "ok") return this.#shown;
    // An unreachable catalogue that counts as Neg has not said that anything is gone.
    if (state.status !== "ok" || !origin.answered) return state;
    if (state.value === undefined) return this.#empty(state);
    this.#grace.full(state.value);
    warm?.has(state.value);
    return state;
  }

  /** What it had before, as long as that may be believed. */
  #remembered(warm: WarmName): Shown | undefined {
    const { remembered } = warm;
    if (remembered === undefined || (remembered.leftMs <= 0 && !this.#warm)) return undefined;
    const { clock, origin } = this.#spec;
    const again = (): void => this.#again();
    // Its answer may be what the source has shown all the time, such as Neg.
    const contact = origin.onContact(again);
    this.#warm = true;
    if (remembered.leftMs <= 0) {
      this.#wait = contact;
      const text = "what was remembered is too old by now, and the catalogue has not answered since the start";
      return State.failed(new NamerError("NAMER_STALE", text, { final: true }));
    }
    this.#wait = closeAll(contact, clock.after(remembered.leftMs, again));
    this.#grace.full(remembered.bound);
    return State.ok(remembered.bound);
  }

  #empty(state: Shown): Shown {
    const { origin, clock, warm } = this.#spec;
    const held = this.#grace.empty(origin.contactLost);
    if (held === undefined) {
      warm?.gone();
      return state;
    }
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

  /** @internal For links. */
  leave(): void {
    if (--this.#links > 0) return;
    this.#wait?.close();
    this.#wait = undefined;
    this.#input = undefined;
    this.#shown = State.pending;
    this.#warm = false;
    this.#grace.left();
    this.#spec.warm?.left();
  }
}

class BeliefLink implements Link<Shown> {
  readonly #source: Link<Shown>;
  readonly #times: readonly Link<unknown>[];
  #belief: Belief | undefined;
  value: Shown;

  constructor(source: Link<Shown>, times: readonly Link<unknown>[], belief: Belief) {
    this.#source = source;
    this.#times = times;
    this.#belief = belief;
    this.value = belief.of(source.value);
  }

  pull(): boolean {
    const moved = this.#source.pull();
    let later = false;
    for (const time of this.#times) later = time.pull() || later;
    if (this.#belief === undefined || (!moved && !later)) return false;
    const value = this.#belief.of(this.#source.value);
    if (value === this.value) return false;
    this.value = value;
    return true;
  }

  close(): void {
    const belief = this.#belief;
    if (belief === undefined) return;
    this.#belief = undefined;
    this.#source.close();
    for (const time of this.#times) time.close();
    belief.leave();
  }
}

function exists(shown: Shown): boolean {
  return shown.status === "ok" && shown.value !== undefined;
}
