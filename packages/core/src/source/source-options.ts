import type { BackoffOptions } from "./backoff.js";
import { defaultBackoff } from "./backoff.js";
import { defaultPace, type Pace } from "./token-bucket.js";

/** How a source is supervised. Times are in milliseconds. */
export interface SourceOptions {
  /** How long a name may stay pending before it is Failed with the cause. Below the binding timeout, so that the cause reaches people. */
  readonly firstAnswerMs: number;
  /** From which age on the last good answer is no longer believed, if contact has been lost; undefined: for ever. */
  readonly maxStaleMs: number | undefined;
  /** What a catalogue that cannot be reached before its first answer means: Failed, or Neg so that `a | b` falls over. */
  readonly whenUnavailable: "failed" | "neg";
  /** How long a watch is kept up after the last observer has left. */
  readonly lingerMs: number;
  /** How long a sudden drop to nothing must last before it is believed; 0: believe at once. */
  readonly emptyGraceMs: number;
  /** The file that keeps the last good addresses for the next start; undefined: none. Believed up to the age of maxStaleMs, or a day. */
  readonly snapshotFile: string | undefined;
  /** How many keys may be watched at once. */
  readonly maxKeys: number;
  /** How long an idle key that does not exist is kept; the shorter of this and `lingerMs` counts. */
  readonly negativeMs: number;
  readonly backoff: BackoffOptions;
  /** How fast answers are taken, in the long run. */
  readonly pace: Pace;
}

/** What an author or a configuration may set; all the rest has defaults. */
export type PartialSourceOptions = {
  readonly [K in Exclude<keyof SourceOptions, "backoff">]?: SourceOptions[K] | undefined;
} & { readonly backoff?: Partial<BackoffOptions> | undefined };

export const defaultSourceOptions: SourceOptions = {
  firstAnswerMs: 5_000,
  maxStaleMs: undefined,
  whenUnavailable: "failed",
  lingerMs: 10_000,
  emptyGraceMs: 0,
  snapshotFile: undefined,
  maxKeys: 10_000,
  negativeMs: 5_000,
  backoff: defaultBackoff,
  pace: defaultPace,
};

/** The options with defaults in place of what is missing or undefined. */
export function completeSourceOptions(options: PartialSourceOptions = {}): SourceOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaultSourceOptions, ...given, backoff: { ...defaultBackoff, ...options.backoff } };
}
