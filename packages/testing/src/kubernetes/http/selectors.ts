import type { KubernetesObject } from "../objects.js";

export type Matches = (object: KubernetesObject) => boolean;

/** A label selector, such as app=web,tier!=db,track in (a, b),!old. Undefined if it is none. */
export function labelSelector(text: string): Matches | undefined {
  const tests = pieces(text).map(labelTest);
  if (tests.some((test) => test === undefined)) return undefined;
  return (object) => tests.every((test) => test?.(object.metadata.labels ?? {}));
}

/** A field selector: metadata.name and metadata.namespace, with = and !=. Undefined if it is none. */
export function fieldSelector(text: string): Matches | undefined {
  const tests = pieces(text).map((piece): Matches | undefined => {
    const found = /^metadata\.(name|namespace)(!=|==?)(.*)$/.exec(piece);
    if (found === null) return undefined;
    const [, field = "", operator, value] = found;
    return ({ metadata }) => (metadata[field] === value) === (operator !== "!=");
  });
  if (tests.some((test) => test === undefined)) return undefined;
  return (object) => tests.every((test) => test?.(object));
}

function labelTest(piece: string): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const equal = /^([^\s=!]+)\s*(!=|==?)\s*(.*)$/.exec(piece);
  if (equal !== null) {
    const [, key = "", operator, value] = equal;
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const among = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(piece);
  if (among !== null) {
    const [, key = "", operator, list = ""] = among;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? "\0") === (operator === "in");
  }
  const there = /^(!?)\s*([^\s=!()]+)$/.exec(piece);
  if (there === null) return undefined;
  const [, not, key = ""] = there;
  return (labels) => Object.hasOwn(labels, key) === (not === "");
}

/** By commas, but not those within brackets. */
function pieces(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
}
