import { NamerError } from "@namerkit/core";
import {
  type Fault,
  type FaultKind,
  type FaultOptions,
  type FaultScope,
  faultKind,
  faultKinds,
  faultScopes,
  isFaultKind,
} from "./kinds.js";

const limits: Readonly<Record<string, readonly [least: number, most: number]>> = {
  ms: [0, 86_400_000],
  status: [200, 599],
  retryAfter: [0, 86_400],
  bytes: [0, 2 ** 31],
};

/** The faults that are switched on, one at most for each scope. They are about requests that come from then on. */
export class Faults {
  readonly #on = new Map<FaultScope, Fault>();

  /** Replaces what is on for that scope. @throws NamerError MOCK_CONTROL for what no fault can be */
  set(kind: FaultKind, options: FaultOptions = {}): void {
    const { on = "all", ...numbers } = options;
    if (!isFaultKind(kind)) unusable(`"${kind}" is none of ${Object.keys(faultKinds).join(", ")}`);
    if (!faultScopes.includes(on)) unusable(`"${on}" is none of ${faultScopes.join(", ")}`);
    const { takes = {}, on: possible } = faultKind(kind);
    if (!possible.includes(on)) unusable(`the fault ${kind} can be on ${possible.join(" and ")} only, not on ${on}`);
    const given = Object.entries(numbers).filter(([, value]) => value !== undefined);
    for (const [name, value] of given) {
      if (!Object.hasOwn(takes, name)) unusable(`the fault ${kind} takes no ${name}`);
      checkNumber(name, value);
    }
    const defaults = Object.entries(takes).filter(([, value]) => value !== undefined);
    this.#on.set(on, { kind, ...Object.fromEntries(defaults), ...Object.fromEntries(given) });
  }

  /** Without a scope: all of them. */
  clear(on?: FaultScope): void {
    if (on !== undefined && !faultScopes.includes(on)) unusable(`"${on}" is none of ${faultScopes.join(", ")}`);
    if (on === undefined) this.#on.clear();
    else this.#on.delete(on);
  }

  /** The one for requests of a kind. The narrower scope counts. */
  at(what: "version" | "data"): Fault | undefined {
    return this.#on.get(what) ?? this.#on.get("all");
  }

  /** Whether connections are to be left alone. Not if some requests are to be answered in their own way. */
  get halfOpen(): boolean {
    return this.#on.size === 1 && this.#on.get("all")?.kind === "half-open";
  }

  get all(): Readonly<Partial<Record<FaultScope, Fault>>> {
    return Object.fromEntries(this.#on);
  }
}

function checkNumber(name: string, value: unknown): void {
  const [least, most] = limits[name] ?? [0, 0];
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    unusable(`${name} must be a whole number from ${least} to ${most}, not ${String(value)}`);
  }
}

function unusable(message: string): never {
  throw new NamerError("MOCK_CONTROL", message);
}
