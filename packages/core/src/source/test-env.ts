import { Path } from "../names/path.js";
import type { PluginEnv } from "./env.js";
import { ManualClock } from "./manual-clock.js";
import { type MemoryFiles, memoryFiles } from "./memory-files.js";
import { type MemoryMetrics, memoryMetrics } from "./metrics.js";
import { type RecordingLog, recordingLog } from "./recording-log.js";

/** Everything a plug-in is given, with parts that a test can turn and look at. */
export interface TestEnv extends PluginEnv {
  readonly clock: ManualClock;
  readonly log: RecordingLog;
  readonly metrics: MemoryMetrics;
  readonly files: MemoryFiles;
}

/** The prefix is /#/test and `random` gives 0.5 for ever, unless said otherwise. */
export function testEnv(given: Partial<Pick<PluginEnv, "prefix" | "random" | "baseDir">> = {}): TestEnv {
  const clock = new ManualClock();
  return {
    prefix: Path.of("#", "test"),
    random: () => 0.5,
    baseDir: "/",
    ...given,
    clock,
    log: recordingLog(),
    files: memoryFiles(),
    metrics: memoryMetrics({ clock }),
  };
}
