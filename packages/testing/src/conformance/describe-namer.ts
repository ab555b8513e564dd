import { describe, it } from "vitest";
import { abilitiesOf, whyNot } from "./abilities.js";
import { runScenario } from "./run.js";
import { scenariosFor } from "./scenarios.js";
import type { Backend, Subject } from "./subject.js";

/** Real milliseconds. Scenarios are bounded by their own time; this is for a namer that blocks the event loop. */
const TIMEOUT_MS = 60_000;

/**
 * The suite that every namer must pass, as vitest tests: a line in a test file, with nothing around it. Scenarios that do not apply are
 * skipped and say why.
 *
 * @param kind heads the tests: "io.acme.nomad"
 */
export function describeNamer<B extends Backend>(kind: string, subject: Subject<B>): void {
  const any: Subject = subject as unknown as Subject;
  describe.concurrent(`${kind} conforms`, async () => {
    const abilities = await abilitiesOf(any);
    for (const scenario of scenariosFor(any)) {
      const reason = whyNot(scenario, abilities);
      const title = `${scenario.id}: ${scenario.title}`;
      if (reason !== undefined) it.skip(`${title} (–: ${reason})`);
      else
        it(title, { timeout: TIMEOUT_MS }, async () => {
          const { error } = await runScenario(any, scenario, abilities);
          if (error !== undefined) throw error;
        });
    }
  });
}
