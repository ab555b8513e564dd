/**
 * What a test of a namer needs: time by hand, loggers and metrics that can be looked at, randomness that is none.
 * For the same with a misbehaving server and the conformance suite, see @namerkit/testing.
 */
export { fixedRandom } from "./source/fixed-random.js";
export { silentLog } from "./source/log.js";
export { ManualClock, type ManualClockOptions } from "./source/manual-clock.js";
export { type MemoryFiles, memoryFiles } from "./source/memory-files.js";
export { type MemoryMetrics, memoryMetrics, memoryMetrics as recordingMetrics, noMetrics } from "./source/metrics.js";
export { type LogLine, type RecordingLog, recordingLog } from "./source/recording-log.js";
export { type ScriptedCall, type ScriptedWatch, scriptedWatch } from "./source/scripted-watch.js";
export { type TestEnv, testEnv } from "./source/test-env.js";
