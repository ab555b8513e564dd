import { type LogLevel, LogLevels, logLevels, rootLogger } from "@namerkit/core";
import { pino } from "pino";

/**
 * Logs as JSON lines on stderr, for stdout carries results only. NAMERKIT_LOG chooses the level to begin with, info by default.
 * `base`: fields of every line.
 */
export function stderrLogLevels(environment: NodeJS.ProcessEnv, base: object | null = null): LogLevels {
  const wanted = environment.NAMERKIT_LOG ?? "info";
  const level = isLevel(wanted) ? wanted : "info";
  const sink = pino(
    { level: "trace", base, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  const levels = new LogLevels(sink, level);
  if (level !== wanted) {
    levels.logger(rootLogger).warn({ wanted, levels: logLevels }, "NAMERKIT_LOG is not a level; logging at info");
  }
  return levels;
}

function isLevel(text: string): text is LogLevel {
  return logLevels.some((level) => level === text);
}
