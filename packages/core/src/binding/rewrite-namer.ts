import { messageOf, toNamerError } from "../errors.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { elementPattern } from "./element-pattern.js";
import type { Namer } from "./namer.js";
import { objectSchema, type Problem } from "./object-schema.js";
import { defineNamer, type NamerPlugin } from "./roles.js";

export interface RewriteConfig {
  /** Such as `/one/{two}/*`: literals, `*` for any element, `{name}` for text to keep. What follows is dropped. */
  readonly pattern: string;
  /** The path to make, with `{name}` for what was kept. */
  readonly name: string;
}

/** Matches paths against the pattern of io.l5d.rewrite, and takes the captured texts (escaped as in a path) out of them. */
function pathMatcher(pattern: string): {
  readonly captures: readonly string[];
  match(path: Path): ReadonlyMap<string, string> | undefined;
} {
  const elements = segments(pattern).map(elementPattern);
  return {
    captures: elements.flatMap((element) => element.captures),
    match(path) {
      if (path.size < elements.length) return undefined;
      const vars = new Map<string, string>();
      for (const [i, element] of elements.entries()) {
        const taken = element.match(path.drop(i).take(1).show().slice(1));
        if (taken === undefined) return undefined;
        for (const [j, text] of taken.entries()) vars.set(element.captures[j] as string, text);
      }
      return vars;
    },
  };
}

/** Rewrites every path that matches `pattern` to `name`; other paths are Neg. A name that is no path then is Failed. */
export function rewriteNamer({ pattern, name }: RewriteConfig): Namer {
  const matcher = pathMatcher(pattern);
  return {
    lookup(path) {
      const vars = matcher.match(path);
      if (vars === undefined) return Activity.value<NameTree<Name>>(NameTree.neg);
      try {
        return Activity.value(NameTree.leaf(Name.path(Path.parse(substitute(name, vars)))));
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
  const vars = new Map(pathMatcher(pattern).captures.map((one) => [one, "x"]));
  try {
    Path.parse(substitute(name, vars));
    return undefined;
  } catch (thrown) {
    const unknown = /\{([^{}]*)\}/.exec(substitute(name, vars))?.[1];
    if (unknown !== undefined)
      return { path: ["name"], message: `uses {${unknown}}, which the pattern does not capture` };
    return { path: ["name"], message: `can never be a path: ${messageOf(thrown)}` };
  }
}

function segments(pattern: string): string[] {
  const all = pattern.split("/");
  while (all[0] === "") all.shift();
  while (all.at(-1) === "") all.pop();
  return all;
}

function substitute(name: string, vars: ReadonlyMap<string, string>): string {
  return name.replace(/\{([^{}]*)\}/g, (whole, key: string) => vars.get(key) ?? whole);
}
