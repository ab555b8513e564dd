import type { Need, Scenario } from "./scenario.js";
import type { Offer, Subject } from "./subject.js";
import { World } from "./world.js";

/** Why a need of scenarios is not met; undefined where it is. */
export type Abilities = Readonly<Record<Need, string | undefined>>;

/** Looks at what a subject has, with a backend of its own that is closed again. */
export async function abilitiesOf(subject: Subject): Promise<Abilities> {
  const world = await World.open(subject);
  try {
    const { backend, namer } = world;
    const network = backend.port !== undefined;
    const breakable = backend.break !== undefined && backend.heal !== undefined;
    const inMemory = "the catalogue is in memory";
    const offer = (name: Offer, given: unknown): string | undefined => {
      if (given !== undefined) return undefined;
      // Left out without a reason where nearly everybody has it: the scenario is run, and says so.
      return subject.declines?.[name] ?? (network ? undefined : `${inMemory}, without ${name}`);
    };
    return {
      network: network ? undefined : inMemory,
      break: breakable ? undefined : "the backend cannot be broken",
      failures: network || breakable ? undefined : "the catalogue is in memory, and cannot be broken",
      touch: offer("touch", backend.touch),
      addOdd: offer("addOdd", backend.addOdd),
      addUnknown: offer("addUnknown", backend.addUnknown),
      secret: offer("secret", subject.secret),
      enumerate: namer.enumerate === undefined ? "the namer does not enumerate" : undefined,
      spellings: subject.spellings === undefined ? "its names have one spelling" : undefined,
      nonsense: subject.nonsense === undefined ? "every path may be a name" : undefined,
    };
  } finally {
    await world.close();
  }
}

/** Why a scenario does not apply to a subject of these abilities; undefined where it does. */
export function whyNot(scenario: Scenario, abilities: Abilities): string | undefined {
  for (const need of scenario.needs ?? []) if (abilities[need] !== undefined) return abilities[need];
  return undefined;
}
