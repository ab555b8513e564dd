import { Repeated } from "./repeated.js";

/**
 * What is wanted of a JSON value: of an object the members that are named, and of them again what is wanted; of an array, written with one
 * element, that of each of its elements; `true` is all of it, and so is an object with a member `__proto__`. What has another type than was
 * thought keeps what a shape of its type has, which is nothing: an object becomes `{}`, an array that of as many elements; what is no
 * object and no array stays as it is.
 */
export type JsonShape = true | JsonMembers | readonly [JsonShape];

export interface JsonMembers {
  readonly [name: string]: JsonShape;
}

/** What both want. */
export function bothShapes(one: JsonShape, other: JsonShape): JsonShape {
  if (one === true || other === true) return true;
  if (isList(one) || isList(other)) {
    // Two types for one value: whoever is right, all of it is enough.
    return isList(one) && isList(other) ? [bothShapes(one[0], other[0])] : true;
  }
  const members = new Map(Object.entries(one));
  for (const [name, shape] of Object.entries(other)) {
    const known = members.get(name);
    members.set(name, known === undefined ? shape : bothShapes(known, shape));
  }
  return Object.fromEntries(members);
}

/** A shape as the scanner wants it. */
export interface Wanted {
  readonly whole: boolean;
  /** Each in bytes and as text. */
  readonly names: readonly Uint8Array[];
  readonly keys: readonly string[];
  readonly members: readonly Wanted[];
  readonly elements: Wanted | undefined;
  /** Of small objects, which are often the same as the one before. */
  readonly repeats: Repeated | undefined;
}

const utf8 = new TextEncoder();

export function wantedOf(shape: JsonShape): Wanted {
  if (shape === true) return { ...nothing, whole: true };
  if (isList(shape)) return { ...nothing, elements: wantedOf(shape[0]) };
  const keys = Object.keys(shape);
  // To be assigned like any other member, it must not be one that objects have already.
  if (keys.includes("__proto__")) return { ...nothing, whole: true };
  const isSmall = keys.every((key) => shape[key] === true);
  return {
    ...nothing,
    repeats: isSmall ? new Repeated() : undefined,
    names: keys.map((key) => utf8.encode(key)),
    keys,
    members: keys.map((key) => wantedOf(shape[key] as JsonShape)),
  };
}

/** Of what nobody has asked for. */
export const nothing: Wanted = {
  whole: false,
  names: [],
  keys: [],
  members: [],
  elements: undefined,
  repeats: undefined,
};

function isList(shape: JsonShape): shape is readonly [JsonShape] {
  return Array.isArray(shape);
}
