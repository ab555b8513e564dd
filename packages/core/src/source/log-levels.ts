import { type Closable, closable } from "../values/closable.js";
import type { Logger } from "./env.js";

/** From everything to nothing. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What all loggers inherit from. */
export const rootLogger = "root";

export interface LoggerLevel {
  readonly logger: string;
  /** The one that holds, be it its own or inherited. */
  readonly level: LogLevel;
  readonly inherited: boolean;
}

/** Loggers by name whose levels change while they are in use. Each has the root's level until it is given one of its own. */
export class LogLevels {
  readonly #sink: Logger;
  readonly #own = new Map<string, LogLevel>();
  readonly #made = new Map<string, Logger>();
  readonly #watchers = new Set<() => void>();
  #root: LogLevel;

  /** `sink` is told what the levels let through; what it drops itself stays dropped. */
  constructor(sink: Logger, level: LogLevel) {
    this.#sink = sink;
    this.#root = level;
    this.logger(rootLogger);
  }

  /** The same one each time for a name. */
  logger(name: string): Logger {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = new LevelledLogger(this.#sink, () => this.#own.get(name) ?? this.#root);
      this.#made.set(name, made);
    }
    return made;
  }

  /** Of every logger there is: the root, then by name. */
  list(): readonly LoggerLevel[] {
    const others = [...this.#made.keys()].filter((name) => name !== rootLogger).sort();
    return [rootLogger, ...others].map((logger) => {
      const own = logger === rootLogger ? this.#root : this.#own.get(logger);
      return { logger, level: own ?? this.#root, inherited: own === undefined };
    });
  }

  /** Calls `changed` after each change. */
  watch(changed: () => void): Closable {
    this.#watchers.add(changed);
    return closable(() => this.#watchers.delete(changed));
  }

  /** Undefined: the root's from now on; the root stays as it is. False if there is no such logger. */
  set(name: string, level: LogLevel | undefined): boolean {
    if (!this.#made.has(name)) return false;
    if (name === rootLogger) this.#root = level ?? this.#root;
    else if (level === undefined) this.#own.delete(name);
    else this.#own.set(name, level);
    for (const changed of this.#watchers) changed();
    return true;
  }
}

const order: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
  silent: 6,
};

class LevelledLogger implements Logger {
  readonly #sink: Logger;
  readonly #level: () => LogLevel;

  constructor(sink: Logger, level: () => LogLevel) {
    this.#sink = sink;
    this.#level = level;
  }

  trace(fields: object, message: string): void {
    if (this.#passes("trace")) this.#sink.trace(fields, message);
  }
  debug(fields: object, message: string): void {
    if (this.#passes("debug")) this.#sink.debug(fields, message);
  }
  info(fields: object, message: string): void {
    if (this.#passes("info")) this.#sink.info(fields, message);
  }
  warn(fields: object, message: string): void {
    if (this.#passes("warn")) this.#sink.warn(fields, message);
  }
  error(fields: object, message: string): void {
    if (this.#passes("error")) this.#sink.error(fields, message);
  }

  #passes(level: LogLevel): boolean {
    return order[level] >= order[this.#level()];
  }
}
