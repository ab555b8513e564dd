import { NamerError } from "@namerkit/core";

/** The value, if it is a number in range. Throws CLIENT_OPTIONS. */
export function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new NamerError("CLIENT_OPTIONS", `${name} must be a number from ${least} to ${most}, not ${value}`);
}

export function atLeast(least: number, name: string, value: number): number {
  if (value >= least && value < Number.POSITIVE_INFINITY) return value;
  throw new NamerError("CLIENT_OPTIONS", `${name} must be a number of at least ${least}, not ${value}`);
}
