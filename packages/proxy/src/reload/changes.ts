import { isDeepStrictEqual } from "node:util";
import type { AdminPlan, Plan, Planned, RouterPlan } from "@namerkit/config";
import type { Changes } from "./outcome.js";

/** What another plan would change. */
export interface PlanChanges {
  readonly routers: Changes;
  readonly namers: Changes;
  readonly telemeters: Changes;
  /** Whether routers may go on with the namers that they have: none is replaced, added, removed, or asked in another order. */
  readonly sameNamers: boolean;
  readonly sameTelemeters: boolean;
  /** What in the new plan has no effect before a restart. */
  readonly warnings: readonly string[];
}

type Compared = Pick<Plan, "baseDir" | "admin" | "namers" | "routers" | "telemetry">;

/**
 * Compares two plans. A router is kept only if all namers and telemeters are: a request may bring a dtab that leads to any namer.
 */
export function planChanges(before: Compared, after: Compared): PlanChanges {
  const moved = before.baseDir !== after.baseDir;
  const same = (a: Planned<unknown>, b: Planned<unknown>) => !moved && samePlanned(a, b);
  const sameNamers = sameList(before.namers, after.namers, same);
  const sameTelemeters = sameList(before.telemetry, after.telemetry, same);
  const sameRouter = (a: RouterPlan, b: RouterPlan) =>
    !moved && sameNamers && sameTelemeters && a.fingerprint === b.fingerprint && samePlugins(a, b);
  return {
    routers: changes(before.routers, after.routers, ({ label }) => label, sameRouter),
    namers: changes(before.namers, after.namers, ({ prefix }) => prefix.show(), same),
    telemeters: changes(before.telemetry, after.telemetry, ({ kind }) => kind, same),
    sameNamers,
    sameTelemeters,
    warnings: adminWarnings(before.admin, after.admin),
  };
}

/** Whether what was made of one entry may stand for the other. */
export function samePlanned(a: Planned<unknown>, b: Planned<unknown>): boolean {
  return a.plugin === b.plugin && a.fingerprint === b.fingerprint && a.prefix.equals(b.prefix);
}

/** The text of two entries may be the same and mean modules of `plugins:` that are not. */
function samePlugins(a: RouterPlan, b: RouterPlan): boolean {
  return samePlanned(a.interpreter, b.interpreter) && sameList(a.identifiers, b.identifiers, samePlanned);
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((one, i) => same(one, b[i] as T));
}

/** Those of the same name are paired in their order. */
function changes<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
  same: (a: T, b: T) => boolean,
): Changes {
  const kept: string[] = [];
  const replaced: string[] = [];
  const added: string[] = [];
  const left = [...before];
  for (const one of after) {
    const name = nameOf(one);
    const twins = left.filter((old) => nameOf(old) === name);
    const found = twins.find((old) => same(old, one)) ?? twins[0];
    if (found === undefined) {
      added.push(name);
      continue;
    }
    left.splice(left.indexOf(found), 1);
    (same(found, one) ? kept : replaced).push(name);
  }
  return { kept, replaced, added, removed: left.map(nameOf) };
}

/** The admin server stays where it is: it is what tells how the reload went. */
function adminWarnings(before: AdminPlan, after: AdminPlan): readonly string[] {
  const fixed = ["ip", "port", "tls", "socketOptions", "httpIdentifierPort"] as const;
  return fixed
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => `admin.${key} has changed, which takes effect with a restart`);
}
