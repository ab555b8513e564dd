// Of core, so that a test imports from one place.
export {
  fixedRandom,
  type LogLine,
  ManualClock,
  type ManualClockOptions,
  type MemoryMetrics,
  memoryMetrics,
  noMetrics,
  type RecordingLog,
  recordingLog,
  recordingMetrics,
  type ScriptedCall,
  type ScriptedWatch,
  scriptedWatch,
  silentLog,
  type TestEnv,
  testEnv,
} from "@namerkit/core/testing";
export {
  type TestAuthority,
  type TestCertificate,
  type TestCertificateOptions,
  testAuthority,
} from "./certificates.js";
export { TESTING_ERROR_CODES } from "./errors.js";
export { FakeNamer, type FakeNamerOptions, type FakeObservers } from "./fake-namer.js";
export type { FakeAnswer } from "./fake-namer-name.js";
export { fastClock } from "./fast-clock.js";
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
export { type Relay, relay } from "./faulty/relay.js";
export { FaultyServer, type FaultyServerOptions, faultyServer } from "./faulty/server.js";
export { connectionLimit, inPieces, slowHead, type WrongStatusOptions, wrongStatus } from "./faulty/shapes.js";
export { halfOpen, hang, hangMidBody, slow, trickle, trickleHead } from "./faulty/silences.js";
export type { LedgerEntry, LedgerKind } from "./ledger/book.js";
export { createLedger, type DrainOptions, type Ledger, type LedgerOptions } from "./ledger/ledger.js";
export { Seen } from "./seen.js";
export { type UntilOptions, until } from "./until.js";
