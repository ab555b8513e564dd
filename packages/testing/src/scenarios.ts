/** The suite that every namer must pass, for any test runner and for scripts. */
export { type Abilities, abilitiesOf, whyNot } from "./conformance/abilities.js";
export { type RunOptions, runAll, runScenario } from "./conformance/run.js";
export type { Group, Need, Result, Scenario } from "./conformance/scenario.js";
export { scenariosFor } from "./conformance/scenarios.js";
export {
  type Backend,
  type BackendEnv,
  type DrivePace,
  type Endpoint,
  type Fault,
  type FirstAnswer,
  type Offer,
  type Place,
  type SourceSettings,
  SUITE_PORT,
  type Subject,
} from "./conformance/subject.js";
export { World } from "./conformance/world.js";
