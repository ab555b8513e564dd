import { messageOf, toNamerError } from "../errors.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import type { Namer } from "./namer.js";
import { objectSchema, type Problem } from "./object-schema.js";
import { fillCaptures, pathPattern } from "./path-pattern.js";
import { defineNamer, type NamerPlugin } from "./roles.js";

export interface RewriteConfig {
  /** Such as `/one/{two}/*`: literals, `*` for any element, `{name}` for text to keep. What follows is dropped. */
  readonly pattern: string;
  /** The path to make, with `{name}` for what was kept. */
  readonly name: string;
}

/** Rewrites every path that matches `pattern` to `name`; other paths are Neg. A name that is no path then is Failed. */
export function rewriteNamer({ pattern, name }: RewriteConfig): Namer {
  const matcher = pathPattern(pattern);
  return {
    lookup(path) {
      const vars = matcher.match(path);
      if (vars === undefined) return Activity.value<NameTree<Name>>(NameTree.neg);
      try {
        return Activity.value(NameTree.leaf(Name.path(Path.parse(fillCaptures(name, vars)))));
      } catch (thrown) {
        return Activity.failed(toNamerError(thrown, "BIND_THREW"));
      }
    },
  };
}

/** `io.l5d.rewrite`. It has no prefix of its own: the configuration has to give one. */
export const rewriteNamerPlugin: NamerPlugin<RewriteConfig> = defineNamer<RewriteConfig>({
  kind: "io.l5d.rewrite",
  defaultPrefix: null,
  config: objectSchema<RewriteConfig>({ pattern: text, name: text }, ({ pattern, name }) => nameProblem(pattern, name)),
  jsonSchema: {
    type: "object",
    properties: {
      pattern: { type: "string", description: "Path with literals, * for any element, {name} for text to keep." },
      name: { type: "string", description: "Path to make of it, with {name} for what was kept." },
    },
    required: ["pattern", "name"],
    additionalProperties: false,
  },
  create: (config) => rewriteNamer(config),
});

function text(value: unknown): string | undefined {
  return typeof value === "string" ? undefined : "must be a text";
}

/** Whatever the captures hold is a piece of an element, so that one trial tells whether the name can become a path. */
function nameProblem(pattern: string, name: string): Problem | undefined {
  const vars = new Map(pathPattern(pattern).captures.map((one) => [one, "x"]));
  try {
    Path.parse(fillCaptures(name, vars));
    return undefined;
  } catch (thrown) {
    const unknown = /\{([^{}]*)\}/.exec(fillCaptures(name, vars))?.[1];
    if (unknown !== undefined)
      return { path: ["name"], message: `uses {${unknown}}, which the pattern does not capture` };
    return { path: ["name"], message: `can never be a path: ${messageOf(thrown)}` };
  }
}
