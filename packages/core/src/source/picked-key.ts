import type { NamerError } from "../errors.js";
import { toNamerError } from "../errors.js";
import { Addr } from "../names/addr.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { Bound } from "./found.js";
import { twoLevels } from "./two-levels.js";

type Snapshot<S> = State<S | undefined>;

export interface PickSource<S> {
  readonly snapshot: Var<Snapshot<S>>;
  /** Tells snapshots apart without keeping any of them alive. */
  readonly versionOf: (snapshot: Snapshot<S>) => number;
  /** Told of a pick that threw. */
  readonly failed: (error: NamerError) => void;
}

/** One name's view of a snapshot that many share. It picks once per snapshot, however many observe it, and only while some do. */
export class PickedKey<S> {
  readonly existence: Activity<Var<Addr> | undefined>;
  readonly #source: PickSource<S>;
  readonly #pick: (snapshot: S) => Bound | undefined;
  #version = -1;
  #picked: State<Bound | undefined> = State.pending;

  constructor(source: PickSource<S>, pick: (snapshot: S) => Bound | undefined) {
    this.#source = source;
    this.#pick = pick;
    this.existence = twoLevels(Activity.of(source.snapshot.map((snapshot) => this.#of(snapshot))));
  }

  #of(snapshot: Snapshot<S>): State<Bound | undefined> {
    const version = this.#source.versionOf(snapshot);
    if (version === this.#version) return this.#picked;
    this.#version = version;
    this.#picked = snapshot.status === "ok" ? this.#take(snapshot.value) : snapshot;
    return this.#picked;
  }

  #take(snapshot: S | undefined): State<Bound | undefined> {
    const before = this.#picked;
    try {
      const bound = snapshot === undefined ? undefined : this.#pick(snapshot);
      if (before.status !== "ok") return State.ok(bound);
      const same = bound && before.value ? Addr.equals(bound, before.value) : bound === before.value;
      return same ? before : State.ok(bound);
    } catch (thrown) {
      const error = toNamerError(thrown, "NAMER_ANSWER");
      this.#source.failed(error);
      // A part of the snapshot that cannot be read is no reason to let go of what it said before.
      return before.status === "ok" ? before : State.failed(error);
    }
  }
}
