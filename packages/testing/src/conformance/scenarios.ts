import type { Scenario } from "./scenario.js";
import { closing } from "./scenarios/closing.js";
import { ids } from "./scenarios/ids.js";
import { pending } from "./scenarios/pending.js";
import { sharing } from "./scenarios/sharing.js";
import { twoLevels } from "./scenarios/two-levels.js";
import type { Subject } from "./subject.js";

/** Every scenario that there is for a subject, in the order of a table; some may not apply. */
export function scenariosFor(_: Pick<Subject, "faults">): readonly Scenario[] {
  return [...twoLevels, ...sharing, ...ids, ...pending, ...closing];
}
