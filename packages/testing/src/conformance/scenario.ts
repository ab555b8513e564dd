import type { NamerError } from "@namerkit/core";
import type { Offer, SourceSettings } from "./subject.js";
import type { World } from "./world.js";

/** What a scenario cannot do without. */
export type Need =
  | Offer
  /** A backend behind a port, so that the gate can stand in between. */
  | "network"
  /** A backend in memory that can be broken. */
  | "break"
  /** A backend in memory, or behind a port: either will do, as long as it can be made to fail. */
  | "failures"
  /** The namer's own parts. */
  | "enumerate"
  /** Where the subject says more about its names. */
  | "spellings"
  | "nonsense";

export type Group =
  | "names"
  | "pending"
  | "faults at the start"
  | "faults after a success"
  | "last good"
  | "pacing"
  | "closing"
  | "eviction"
  | "parsing"
  | "emptiness"
  | "warm start"
  | "secrets"
  | "observability";

/** One thing that every namer must do. */
export interface Scenario {
  /** Stable, such as "names.two-levels". */
  readonly id: string;
  readonly group: Group;
  /** What must be true, as a sentence. */
  readonly title: string;
  /** What users would suffer if it were not. */
  readonly users: string;
  /** How an author mends it. */
  readonly mend: string;
  readonly needs?: readonly Need[];
  /** With which options the namer is made. */
  readonly settings?: SourceSettings;
  /** Throws where the namer falls short. */
  run(world: World): Promise<void>;
}

/** What came of one scenario. */
export interface Result {
  readonly scenario: Scenario;
  readonly outcome: "passed" | "failed" | "not applicable";
  /** Why it does not apply. */
  readonly reason?: string;
  /** TESTING_CONFORMANCE, with all that was seen; or whatever else was thrown. */
  readonly error?: NamerError;
  /** Real milliseconds. */
  readonly tookMs: number;
}
