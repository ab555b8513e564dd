export { TESTING_ERROR_CODES } from "./errors.js";
export {
  type Answer,
  type AnswerOptions,
  answer,
  flap,
  html,
  huge,
  json,
  truncatedJson,
} from "./faulty/answers.js";
export type { Behaviour, Exchange, Script, SeenConnection, SeenRequest } from "./faulty/behaviour.js";
export { gibberish, hangUp, reset, resetConnection, resetMidBody, truncate } from "./faulty/breaks.js";
export { type BehaviourName, behaviours } from "./faulty/named.js";
export { FaultyServer, type FaultyServerOptions, faultyServer } from "./faulty/server.js";
export { halfOpen, hang, hangMidBody, slow, trickle, trickleHead } from "./faulty/silences.js";
export { type UntilOptions, until } from "./until.js";
