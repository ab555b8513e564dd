import { messageOf, Path, type PathPattern, pathPattern } from "@namerkit/core";
import type { MapNode } from "../document/node.js";
import { list, object } from "../fields/containers.js";
import { type Fields, type FieldType, type Reading, required, type Values } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { refined } from "../fields/refined.js";
import { text } from "../fields/scalars.js";

/** Settings, and the names that they are for. */
export interface Layer<T> {
  readonly pattern: PathPattern;
  readonly values: T;
}

interface PrefixedAt {
  readonly node: MapNode;
  readonly path: string;
  readonly reading: Reading;
}

/**
 * `io.l5d.global`: the settings inline. `io.l5d.static`: a list of them, each for the names under a prefix. `check` looks at one
 * mapping of settings and the pattern of its names.
 */
export function perPrefix<F extends Fields>(
  fields: F,
  check: (pattern: PathPattern, at: PrefixedAt) => void = () => {},
): FieldType<readonly Layer<Values<F>>[]> {
  const everywhere = pathPattern("/");
  const one = refined(
    object({ ...fields, prefix: required(prefix, "Which names: * is one element, {name} a capture.") }),
    (value, { node, path, reading }) => {
      const { prefix: pattern, ...values } = value as Values<F> & { readonly prefix?: PathPattern };
      if (pattern === undefined) return undefined;
      if (node.type === "map") check(pattern, { node, path, reading });
      return { pattern, values: values as unknown as Values<F> };
    },
  );
  const both = kinded(
    {
      "io.l5d.global": fields,
      "io.l5d.static": { configs: required(list(one), "Settings; later ones win, key by key.") },
    },
    "io.l5d.global",
  );
  return refined(both as FieldType<Both<Values<F>>>, (value, { node, path, reading }) => {
    if (value.kind === "io.l5d.static") return value.configs ?? [];
    const { kind: _, ...values } = value;
    if (node.type === "map") check(everywhere, { node, path, reading });
    return [{ pattern: everywhere, values: values as unknown as Values<F> }];
  });
}

type Both<V> =
  | ({ readonly kind: "io.l5d.global" } & V)
  | { readonly kind: "io.l5d.static"; readonly configs?: readonly Layer<V>[] };

/** A pattern of paths. One that no path can ever match is a mistake. */
const pattern: FieldType<PathPattern> = refined(text, (given, { node, path, reading }) => {
  const flaw = flawOf(given);
  if (flaw === undefined) return pathPattern(given);
  reading.reporter.error(
    "PATH_INVALID",
    { offset: node.start, path },
    flaw,
    "a prefix is a path such as /#/io.l5d.fs/{service}",
  );
  return undefined;
});

const prefix: FieldType<PathPattern> = { ...pattern, schema: { type: "string", pattern: "^/" } };

function flawOf(given: string): string | undefined {
  if (!given.startsWith("/")) return "a prefix begins with a slash";
  const plain = given
    .split("/")
    .map((element) => (element === "*" ? "x" : element.replaceAll(/\{[a-zA-Z0-9.:-_]+\}/g, "x")));
  try {
    Path.parse(plain.join("/").replace(/\/+$/, "") || "/");
    return undefined;
  } catch (thrown) {
    return `no path has this prefix: ${messageOf(thrown)}`;
  }
}
