import type { InetResolver } from "../binding/namer.js";
import type { NamerError } from "../errors.js";
import { toNamerError } from "../errors.js";
import type { Addr } from "../names/addr.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import { type Bound, type Known, sameKnown } from "./found.js";
import { ResolvedVar } from "./resolved-var.js";
import { twoLevels } from "./two-levels.js";

type Snapshot<S> = State<S | undefined>;

export interface PickSource<S> {
  readonly snapshot: Var<Snapshot<S>>;
  /** Tells snapshots apart without keeping any of them alive. */
  readonly versionOf: (snapshot: Snapshot<S>) => number;
  /** Told of a pick that threw. */
  readonly failed: (error: NamerError) => void;
}

export interface PickedKeySpec<S> {
  readonly source: PickSource<S>;
  readonly pick: (snapshot: S) => Known | undefined;
  /** Where host names can be resolved. */
  readonly inet: InetResolver | undefined;
  /** Where what the snapshot says is not all that counts. */
  readonly believe: ((said: Var<State<Bound | undefined>>) => Var<State<Bound | undefined>>) | undefined;
}

/** One name's view of a snapshot that many share. It picks once per snapshot, however many observe it, and only while some do. */
export class PickedKey<S> {
  readonly existence: Activity<Var<Addr> | undefined>;
  readonly #source: PickSource<S>;
  readonly #pick: (snapshot: S) => Known | undefined;
  #version = -1;
  #picked: State<Known | undefined> = State.pending;

  constructor({ source, pick, inet, believe }: PickedKeySpec<S>) {
    this.#source = source;
    this.#pick = pick;
    const resolved = new ResolvedVar(source.snapshot, (snapshot) => this.#of(snapshot), inet);
    this.existence = twoLevels(Activity.of(believe === undefined ? resolved : believe(resolved)));
  }

  #of(snapshot: Snapshot<S>): State<Known | undefined> {
    const version = this.#source.versionOf(snapshot);
    if (version === this.#version) return this.#picked;
    this.#version = version;
    this.#picked = snapshot.status === "ok" ? this.#take(snapshot.value) : snapshot;
    return this.#picked;
  }

  #take(snapshot: S | undefined): State<Known | undefined> {
    const before = this.#picked;
    try {
      const known = snapshot === undefined ? undefined : this.#pick(snapshot);
      if (before.status !== "ok") return State.ok(known);
      const same = known && before.value ? sameKnown(known, before.value) : known === before.value;
      return same ? before : State.ok(known);
    } catch (thrown) {
      const error = toNamerError(thrown, "NAMER_ANSWER");
      this.#source.failed(error);
      // A part of the snapshot that cannot be read is no reason to let go of what it said before.
      return before.status === "ok" ? before : State.failed(error);
    }
  }
}
