import { type InetResolver, type Namer, type NamerPlugin, transformNamer } from "@namerkit/core";
import type { Plan, Planned } from "../plan.js";
import { buildTransformers, type PlanNamer } from "./build-transformers.js";
import type { EnvFor } from "./env-for.js";

export interface BuildOptions {
  /** Resolves host names for /$/inet; without one only literal addresses work there. */
  readonly inet?: InetResolver | undefined;
}

export interface MountOptions extends BuildOptions {
  /** A namer that is there already for an entry, without its transformers; undefined: it is made. */
  readonly kept?: ((planned: Planned<NamerPlugin>) => Namer | undefined) | undefined;
}

/** Builds the namers of a plan, in the order in which they are asked: the last of the file first. Starts no I/O. */
export function mountNamers(
  plan: Pick<Plan, "namers">,
  envFor: EnvFor,
  { inet, kept }: MountOptions = {},
): readonly PlanNamer[] {
  const inOrder = [...plan.namers].reverse().map((planned) => {
    const { plugin, kind, prefix, options } = planned;
    const names = ["namer", prefix.show().slice(1)];
    const make = () => plugin.create(options, { ...envFor(prefix, { role: "namer", kind, names }), prefix });
    const namer = kept?.(planned) ?? make();
    return { prefix, namer, planned, names };
  });
  return inOrder.map(({ prefix, namer, planned, names }) => {
    const transformers = buildTransformers(planned, names, inOrder, envFor, inet);
    return {
      prefix,
      bare: namer,
      namer: transformNamer(
        namer,
        transformers.map((one) => one.transformer),
      ),
    };
  });
}
