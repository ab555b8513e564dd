import { isNamerError, messageOf, NamerError } from "@namerkit/core";
import { type Abilities, abilitiesOf, whyNot } from "./abilities.js";
import type { Result, Scenario } from "./scenario.js";
import { scenariosFor } from "./scenarios.js";
import type { Subject } from "./subject.js";
import { World } from "./world.js";

/**
 * Runs one scenario against a fresh backend and a fresh namer. Never rejects: what goes wrong is in the result. Several may run at once.
 *
 * @param abilities of `abilitiesOf(subject)`, to be asked for once where many scenarios are run
 */
export async function runScenario(subject: Subject, scenario: Scenario, abilities?: Abilities): Promise<Result> {
  const started = performance.now();
  const tookMs = (): number => performance.now() - started;
  let world: World | undefined;
  let thrown: { readonly error: unknown } | undefined;
  try {
    const reason = whyNot(scenario, abilities ?? (await abilitiesOf(subject)));
    if (reason !== undefined) return { scenario, outcome: "not applicable", reason, tookMs: tookMs() };
    world = await World.open(subject, scenario.settings);
    demandOffers(world, scenario);
    await scenario.run(world);
  } catch (error) {
    thrown = { error };
  }
  try {
    await world?.close();
  } catch (error) {
    thrown ??= { error };
  }
  if (thrown === undefined) return { scenario, outcome: "passed", tookMs: tookMs() };
  return { scenario, outcome: "failed", error: explained(scenario, thrown.error, world), tookMs: tookMs() };
}

export interface RunOptions {
  /** How many at once; 8 by default. */
  readonly concurrency?: number;
  /** Only these, by id; all by default. */
  readonly only?: (scenario: Scenario) => boolean;
  readonly onResult?: (result: Result) => void;
}

/** Runs every scenario that there is for a subject, in the order in which they are listed. */
export async function runAll(subject: Subject, options: RunOptions = {}): Promise<readonly Result[]> {
  const { concurrency = 8, only = () => true, onResult } = options;
  const abilities = await abilitiesOf(subject);
  const scenarios = scenariosFor(subject).filter(only);
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < scenarios.length; at = next++) {
      const result = await runScenario(subject, scenarios[at] as Scenario, abilities);
      results[at] = result;
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** What nearly every catalogue behind a port can offer is not left out without saying why. */
function demandOffers({ subject, backend }: World, scenario: Scenario): void {
  const given = {
    secret: subject.secret,
    touch: backend.touch,
    addOdd: backend.addOdd,
    addUnknown: backend.addUnknown,
  };
  for (const need of scenario.needs ?? []) {
    if (!(need in given) || given[need as keyof typeof given] !== undefined) continue;
    const where = need === "secret" ? "the subject" : "the backend";
    const text = `expected: \`${need}\` in ${where}\nseen:     neither that, nor in \`declines.${need}\` why there is none`;
    throw new NamerError("TESTING_CONFORMANCE", text);
  }
}

/** The failure, with everything that its reader will want to know. */
function explained(scenario: Scenario, error: unknown, world: World | undefined): NamerError {
  const text = [
    `${scenario.id}: ${scenario.title}`,
    messageOf(error),
    `users:    ${scenario.users}`,
    `mend:     ${scenario.mend}`,
    ...(world === undefined ? [] : ["what happened:", String(world.trace)]),
  ].join("\n");
  const ours = isNamerError(error) && error.code === "TESTING_CONFORMANCE";
  const whole = new NamerError("TESTING_CONFORMANCE", text, ours ? {} : { cause: error });
  // Where the scenario stood says more than this place.
  if (ours)
    whole.stack = `${text}\n${(error.stack ?? "")
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .join("\n")}`;
  return whole;
}
