export {
  type AnswerHeaders,
  answer,
  type Behaviour,
  behaviours,
  chunks,
  delayed,
  type FaultName,
  hangMidBody,
  huge,
  json,
  resetMidBody,
  trickle,
  truncate,
} from "./behaviours.js";
export { FaultyServer, type LoggedRequest, type Script } from "./faulty-server.js";
export type { SeenRequest } from "./request-reader.js";
export { until } from "./until.js";
