import type { Subject } from "../src/scenarios.js";

/** A namer that is broken in one way, and the scenarios that exist to find it. */
export interface Mutant {
  readonly name: string;
  readonly subject: Subject;
  /** Scenarios that must fail. */
  readonly fails: readonly string[];
  /** Others that may: they look at the same from another side. */
  readonly also?: RegExp;
  /** What the first of `fails` must say. */
  readonly says: RegExp;
}
