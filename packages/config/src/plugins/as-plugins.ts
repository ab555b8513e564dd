import { NamerError, type Plugin } from "@namerkit/core";

const ROLES: ReadonlySet<unknown> = new Set(["namer", "transformer", "identifier", "interpreter", "telemeter"]);

/** What a module exports by default, as plug-ins: one, or an array of them. Throws NamerError PLUGIN_LOAD saying what is wrong with it. */
export function asPlugins(exported: unknown): readonly Plugin[] {
  // A CommonJS module compiled from ESM has its default export one level further down.
  const value = isRecord(exported) && !("role" in exported) && "default" in exported ? exported.default : exported;
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (all.length === 0) throw wrong("its default export is an empty array");
  return all.map((one) => {
    const flaw = flawOf(one);
    if (flaw !== undefined) throw wrong(flaw);
    return one as Plugin;
  });
}

function flawOf(value: unknown): string | undefined {
  if (value === undefined) return "it has no default export";
  if (!isRecord(value)) return "its default export is not an object";
  if (!ROLES.has(value.role)) return `its role is none of ${[...ROLES].join(", ")}`;
  if (typeof value.kind !== "string" || value.kind === "") return "it has no kind";
  if (typeof value.create !== "function") return `${value.kind} has no create function`;
  const { config } = value;
  if (config === undefined) return undefined;
  const standard =
    isRecord(config) || typeof config === "function" ? (config as Record<string, unknown>)["~standard"] : undefined;
  if (isRecord(standard) && typeof standard.validate === "function") return undefined;
  return `the config of ${value.kind} is not a Standard Schema`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function wrong(flaw: string): NamerError {
  return new NamerError("PLUGIN_LOAD", `it is not a plug-in: ${flaw}`);
}
