import type { InetResolver } from "../binding/namer.js";
import type { Path } from "../names/path.js";
import type { Closable } from "../values/closable.js";
import type { Clock } from "./clock.js";

/** The part of a logger that namers use; a pino logger has this shape. */
export interface Logger {
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where metrics go. Names are scopes, joined with "/" on the way out: metrics.scope("service").counter("updates"). */
export interface Metrics {
  counter(name: string): { add(n?: number): void };
  /** `read` is called at each scrape until the returned handle is closed. */
  gauge(name: string, read: () => number): Closable;
  /** A distribution; the unit belongs in the name (`request_ms`). */
  histogram(name: string): { record(value: number): void };
  scope(...names: string[]): Metrics;
  /**
   * Forgets every series of this scope and of those below it, as when the client they speak of is gone. Whatever was taken from this
   * scope, and the scope itself, then counts into nothing; whoever takes the scope anew from one above begins afresh.
   */
  remove(): void;
}

/** Small files by name, for what should outlive the process. */
export interface FileStore {
  /** The whole text; undefined if there is no such file. Rejects if it cannot be read. */
  read(file: string): Promise<string | undefined>;
  /** Puts `text` in the place of the file at once: whoever reads sees the old text or the new, also if the process is killed. */
  write(file: string, text: string): Promise<void>;
}

/** Everything from outside that a plug-in may use. Nothing else: no global clock, randomness, DNS or HTTP agent. */
export interface PluginEnv {
  /** The whole prefix under which the plug-in is mounted, such as /#/io.l5d.rancher or /%/io.l5d.port. */
  readonly prefix: Path;
  readonly clock: Clock;
  /** Uniform in [0, 1), like Math.random. */
  readonly random: () => number;
  readonly log: Logger;
  /** Already scoped to the plug-in, such as namer/#/io.l5d.rancher. */
  readonly metrics: Metrics;
  /** Relative file names in the configuration are relative to this folder. */
  readonly baseDir: string;
  /** An undici Dispatcher for every HTTP request of the plug-in; absent means its own. Typed loosely: core knows no HTTP. */
  readonly dispatcher?: object;
  /** How host names become addresses, the same as behind /$/inet; absent: a host name cannot be used. */
  readonly inet?: InetResolver;
  /** For `snapshotFile`; absent: that cannot be used. Relative names are relative to `baseDir`. */
  readonly files?: FileStore;
  /** Aborts when whoever mounted the plug-in closes: from then on nothing lingers for observers that will not come. */
  readonly shutdown?: AbortSignal;
}
