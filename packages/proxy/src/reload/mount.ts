import { type EnvFor, mountNamers, type Plan, type PlanNamer, type Planned } from "@namerkit/config";
import type { InetResolver, Namer, NamerPlugin } from "@namerkit/core";
import { samePlanned } from "./changes.js";
import { Shared } from "./shared.js";

/** The namers of a generation, in the order in which they are asked. */
export interface Mount {
  readonly mounted: readonly PlanNamer[];
  /** Each without its transformers. */
  readonly namers: readonly { readonly planned: Planned<NamerPlugin>; readonly namer: Shared<Namer> }[];
}

/** Environments for what is built together, and how to end that. */
export interface Surroundings {
  readonly envFor: EnvFor;
  end(): void;
}

export interface MountEnv {
  readonly inet?: InetResolver | undefined;
  surroundings(): Surroundings;
}

/**
 * Mounts the namers of a plan. Those of `before` whose entries say the same are taken over with everything that they know, under
 * transformers of their own. Throws what a plug-in throws; then nothing new is left.
 */
export function mount(
  plan: Pick<Plan, "namers">,
  before: Mount | undefined,
  { inet, surroundings }: MountEnv,
): Shared<Mount> {
  const left = [...(before?.namers ?? [])];
  const held = new Map<Planned<NamerPlugin>, Shared<Namer>>();
  const made = new Map<Planned<NamerPlugin>, Surroundings>();
  const around = surroundings();
  let current: Planned<NamerPlugin> | undefined;
  const kept = (planned: Planned<NamerPlugin>) => {
    current = planned;
    const at = left.findIndex((one) => samePlanned(one.planned, planned));
    if (at === -1) return undefined;
    const [found] = left.splice(at, 1);
    const shared = found?.namer.hold();
    if (shared !== undefined) held.set(planned, shared);
    return shared?.value;
  };
  const envFor: EnvFor = (prefix, scope) => {
    if (scope.role !== "namer" || current === undefined) return around.envFor(prefix, scope);
    const own = surroundings();
    made.set(current, own);
    return own.envFor(prefix, scope);
  };
  const undo = () => {
    for (const shared of held.values()) shared.release();
    for (const own of made.values()) own.end();
    around.end();
  };
  try {
    const mounted = mountNamers(plan, envFor, { inet, kept });
    // Else what is kept here for the end of this mount would keep those before it, too, one by the other.
    left.length = 0;
    // mountNamers turns the list round.
    const namers = [...plan.namers].reverse().map((planned, i) => {
      const namer = held.get(planned) ?? new Shared(bareOf(mounted[i]), () => made.get(planned)?.end());
      return { planned, namer };
    });
    const end = () => {
      for (const { namer } of namers) namer.release();
      around.end();
    };
    return new Shared({ mounted, namers }, end);
  } catch (thrown) {
    undo();
    throw thrown;
  }
}

function bareOf(mounted: PlanNamer | undefined): Namer {
  const namer = mounted?.bare ?? mounted?.namer;
  if (namer === undefined) throw new TypeError("a namer of the plan has not been mounted");
  return namer;
}
