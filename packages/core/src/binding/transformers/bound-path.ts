import { messageOf } from "../../errors.js";
import type { BoundName } from "../../names/name.js";
import { NameTree } from "../../names/nametree.js";
import { Path } from "../../names/path.js";
import type { Activity } from "../../values/activity.js";
import { objectSchema } from "../object-schema.js";
import type { TransformerEnv } from "../roles.js";
import { prefixed } from "./leaves.js";

/** Options of the transformers that put something else in place of what was bound. */
export interface BoundPathConfig {
  /** A path to bind without a dtab, such as /$/inet/127.1/4140 or /#/io.l5d.fs/gateway. */
  readonly path: string;
}

export const boundPathSchema = objectSchema<BoundPathConfig>({ path: pathProblem });

export const boundPathJsonSchema = {
  type: "object",
  properties: { path: { type: "string", pattern: "^/", description: "Path to bind, without a dtab." } },
  required: ["path"],
  additionalProperties: false,
} as const;

/** What the path binds to, under the ids of the transformer. */
export function boundPath(config: BoundPathConfig, env: TransformerEnv): () => Activity<NameTree<BoundName>> {
  const path = Path.parse(config.path);
  return () => env.bind(path).map((tree) => NameTree.map(tree, (name) => prefixed(env.prefix, name)));
}

function pathProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "must be a text";
  try {
    Path.parse(value);
    return undefined;
  } catch (thrown) {
    return `is not a path: ${messageOf(thrown)}`;
  }
}
