import { isNamerError, messageOf, type Plugin } from "@namerkit/core";
import { join, type MapNode } from "../document/node.js";
import { unknownKey } from "../fields/containers.js";
import { readKind, shown } from "../fields/kinded.js";
import { LINKERD_KINDS, LOADER_KEYS, type MissingKind, RENAMED_KINDS } from "../known/kinds.js";
import type { Place } from "../reporter.js";
import { nearest } from "../suggest.js";
import type { Loading } from "./loading.js";

const ROLES = ["namer", "identifier", "interpreter", "transformer", "telemeter"] as const;

/** The plug-in of an entry's kind. Undefined when there is none, which has been reported as exactly as we know it. */
export async function findPlugin(
  role: Plugin["role"],
  node: MapNode,
  path: string,
  loading: Loading,
  defaultKind?: string,
): Promise<Plugin | undefined> {
  const given = readKind(node, path, loading, defaultKind);
  if (given === undefined) return undefined;
  const place = { offset: given.offset, path: join(path, "kind") };
  const kind = currentName(role, given.name, place, loading);
  const found = await find(role, kind, place, loading);
  if (found !== undefined) return found === "reported" ? undefined : found;
  const known = Object.hasOwn(LINKERD_KINDS[role], kind) ? LINKERD_KINDS[role][kind] : undefined;
  if (known !== undefined) reportNotBuilt(role, kind, known, node, path, place, loading);
  else reportUnknown(role, kind, place, loading);
  return undefined;
}

function currentName(role: Plugin["role"], kind: string, place: Place, { reporter }: Loading): string {
  const renamed = RENAMED_KINDS[role];
  const current = Object.hasOwn(renamed, kind) ? renamed[kind] : undefined;
  if (current === undefined) return kind;
  reporter.warning(
    "KIND_RENAMED",
    place,
    `${kind} is the name that an older Linkerd gave ${current}`,
    `write ${current}`,
  );
  return current;
}

async function find(
  role: Plugin["role"],
  kind: string,
  place: Place,
  loading: Loading,
): Promise<Plugin | undefined | "reported"> {
  try {
    return await loading.settled(loading.registry.find(role, kind));
  } catch (thrown) {
    const missing = isNamerError(thrown) && thrown.code === "KIND_NOT_INSTALLED";
    const name = missing ? / package (\S+),/.exec(thrown.message)?.[1] : undefined;
    loading.reporter.error(
      missing ? "KIND_NOT_INSTALLED" : "PLUGIN_LOAD",
      place,
      isNamerError(thrown) ? thrown.message : messageOf(thrown),
      name === undefined ? undefined : `npm install ${name}`,
    );
    return "reported";
  }
}

/** The keys of a kind that is not built are checked too: what is mistyped now would be found only when it is. */
function reportNotBuilt(
  role: Plugin["role"],
  kind: string,
  { what, why, keys, instead }: MissingKind,
  node: MapNode,
  path: string,
  place: Place,
  loading: Loading,
): void {
  const reason = why === undefined ? "" : `: ${why}`;
  const message = `the ${role} ${kind} (${what}) is known, and not built yet${reason}`;
  loading.reporter.error("KIND_NOT_BUILT", place, message, instead);
  const known = [...keys, ...LOADER_KEYS[role]];
  for (const entry of node.entries) if (!known.includes(entry.key)) unknownKey(entry, path, known, loading);
}

function reportUnknown(role: Plugin["role"], kind: string, place: Place, { registry, reporter }: Loading): void {
  const elsewhere = ROLES.find((other) => other !== role && registry.kinds(other).includes(kind));
  const here = registry.kinds(role);
  const near = nearest(kind, [...here, ...Object.keys(LINKERD_KINDS[role])]);
  const hint =
    elsewhere !== undefined
      ? `${kind} is ${elsewhere.startsWith("i") ? "an" : "a"} ${elsewhere}`
      : near !== undefined
        ? `did you mean ${near}?`
        : `known: ${here.join(", ")}; a plug-in of your own is named under the top-level key plugins`;
  reporter.error("KIND_UNKNOWN", place, `there is no ${role} of kind ${shown(kind)}`, hint);
}
