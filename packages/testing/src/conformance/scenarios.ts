import type { Scenario } from "./scenario.js";
import { closing } from "./scenarios/closing.js";
import { emptiness } from "./scenarios/emptiness.js";
import { eviction } from "./scenarios/eviction.js";
import { faults } from "./scenarios/faults.js";
import { ids } from "./scenarios/ids.js";
import { lastGood } from "./scenarios/last-good.js";
import { observability } from "./scenarios/observability.js";
import { pacing } from "./scenarios/pacing.js";
import { parsing } from "./scenarios/parsing.js";
import { pending } from "./scenarios/pending.js";
import { secrets } from "./scenarios/secrets.js";
import { sharing } from "./scenarios/sharing.js";
import { twoLevels } from "./scenarios/two-levels.js";
import { warmStart } from "./scenarios/warm-start.js";
import type { Subject } from "./subject.js";

/** Every scenario that there is for a subject, in the order of a table; some may not apply. */
export function scenariosFor(subject: Pick<Subject, "faults" | "definite" | "requests">): readonly Scenario[] {
  return [
    ...twoLevels,
    ...sharing,
    ...ids,
    ...pending,
    ...faults(subject),
    ...lastGood,
    ...pacing,
    ...closing,
    ...eviction,
    ...parsing,
    ...emptiness,
    ...warmStart,
    ...secrets,
    ...observability,
  ];
}
