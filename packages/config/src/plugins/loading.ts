import type { Reading } from "../fields/field.js";
import type { Registry } from "../plan.js";

/** What it takes to turn entries of a configuration into plug-ins with options. */
export interface Loading extends Reading {
  readonly registry: Registry;
  /** The promise, or a rejection with code ABORTED as soon as the caller of loadConfig no longer waits. */
  settled<T>(promise: Promise<T>): Promise<T>;
}
