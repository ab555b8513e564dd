import type { NamerError } from "../errors.js";

/** Where an Activity stands. Pending: no answer yet. Ok: the answer. Failed: it could not be had. */
export type State<T> =
  | { readonly status: "pending" }
  | { readonly status: "ok"; readonly value: T }
  | { readonly status: "failed"; readonly error: NamerError };

const pending = Object.freeze({ status: "pending" } as const);

export const State = {
  pending,
  ok<T>(value: T): State<T> {
    return { status: "ok", value };
  },
  failed(error: NamerError): State<never> {
    return { status: "failed", error };
  },
};

/** Equal states: the same error, or values that `equals` says are the same. */
export function sameState<T>(a: State<T>, b: State<T>, equals: (a: T, b: T) => boolean): boolean {
  if (a === b) return true;
  if (a.status === "ok") return b.status === "ok" && equals(a.value, b.value);
  if (a.status === "failed") return b.status === "failed" && sameError(a.error, b.error);
  return b.status === "pending";
}

function sameError(a: NamerError, b: NamerError): boolean {
  return a === b || (a.code === b.code && a.message === b.message && a.final === b.final);
}
