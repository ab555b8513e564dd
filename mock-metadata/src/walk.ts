import { isObject, type Json } from "./json.js";

/** Follows a path through an answer: keys of maps; in lists, positions, or the name or uuid of an entry. Undefined: not found. */
export function walk(root: Json, path: readonly string[]): Json | undefined {
  return (
    follow(root, path) ??
    follow(
      root,
      path.map((one) => one.toLowerCase()),
    )
  );
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

function entry(list: readonly Json[], segment: string): Json | undefined {
  if (/^\d+$/.test(segment)) return list[Number(segment)];
  return list.find((one) => isObject(one) && (one.name === segment || one.uuid === segment));
}

/** The segments of a request path, unescaped as Go does it for queries (`+` is a space). Undefined: a bad escape. */
export function segmentsOf(path: string): string[] | undefined {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map((segment) => decodeURIComponent(segment.replaceAll("+", " ")));
  } catch {
    return undefined;
  }
}
