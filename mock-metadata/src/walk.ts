import { isObject, type Json } from "./json.js";

/** Follows a path through an answer, and if that leads nowhere, the same path in lower case. Undefined: not found. */
export function walk(root: Json, path: readonly string[]): Json | undefined {
  const found = follow(root, path);
  if (found !== undefined) return found;
  const lower = path.map((one) => one.toLowerCase());
  return follow(root, lower);
}

function follow(root: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = root;
  for (const segment of path) {
    if (Array.isArray(at)) at = entry(at, segment);
    else if (isObject(at)) at = Object.hasOwn(at, segment) ? at[segment] : undefined;
    else return undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

/** By position, if the segment is a number at all; otherwise by name or uuid. */
function entry(list: readonly Json[], segment: string): Json | undefined {
  if (/^[+-]?\d{1,18}$/.test(segment)) return list[Number(segment)];
  return list.find((one) => isObject(one) && (one.name === segment || one.uuid === segment));
}
