import {
  createInterpreter,
  Dtab,
  type InetResolver,
  type MountedNamer,
  type NamedTransformer,
  type Namer,
} from "@namerkit/core";
import type { Planned } from "../plan.js";
import type { EnvFor } from "./env-for.js";

/** A namer of the plan, with and without its transformers. */
export interface PlanNamer extends MountedNamer {
  readonly bare?: Namer;
}

/**
 * The transformers of an entry, in the order in which they are applied. What they bind goes through namers without transformers,
 * so that none can come to ask itself.
 */
export function buildTransformers(
  planned: Planned<unknown>,
  names: readonly string[],
  namers: readonly PlanNamer[],
  envFor: EnvFor,
  inet: InetResolver | undefined,
): readonly NamedTransformer[] {
  if (planned.transformers.length === 0) return [];
  const bare = namers.map(({ prefix, namer, bare: own }) => ({ prefix, namer: own ?? namer }));
  const interpreter = createInterpreter({ namers: bare, inet });
  return planned.transformers.map(({ plugin, kind, prefix, options }) => {
    const scope = { role: "transformer", kind, names: [...names, "transformer", prefix.show().slice(1)] } as const;
    const env = envFor(prefix, scope);
    return {
      name: kind,
      transformer: plugin.create(options, { ...env, prefix, bind: (path) => interpreter.bind(Dtab.empty, path) }),
    };
  });
}
