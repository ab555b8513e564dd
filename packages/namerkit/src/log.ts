import type { Logger } from "@namerkit/core";
import { pino } from "pino";

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Logs as JSON lines on stderr, for stdout carries results only. NAMERKIT_LOG chooses the level, info by default. */
export function stderrLog(environment: NodeJS.ProcessEnv): Logger {
  const wanted = environment.NAMERKIT_LOG ?? "info";
  const level = levels.includes(wanted) ? wanted : "info";
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  if (level !== wanted) log.warn({ wanted, levels }, "NAMERKIT_LOG is not a level; logging at info");
  return log;
}
