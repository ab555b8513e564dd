import { messageOf, NamerError } from "../errors.js";
import type { Path } from "../names/path.js";
import { Cell } from "../values/cell.js";
import type { Closable } from "../values/closable.js";
import type { Var } from "../values/var.js";
import type { FileStore, PluginEnv } from "./env.js";
import { RememberedNames } from "./remembered-names.js";
import { readSnapshot, snapshotText } from "./snapshot-format.js";
import type { SourceMetrics } from "./source-metrics.js";
import type { SourceOptions } from "./source-options.js";

/** How long a file is believed where `maxStaleMs` says nothing. */
const DAY_MS = 86_400_000;
/** Changes of this time are saved together. */
const SAVE_AFTER_MS = 1_000;
const READ_DEADLINE_MS = 5_000;

export interface WarmStartSpec {
  readonly env: Pick<PluginEnv, "prefix" | "clock" | "log" | "shutdown" | "files">;
  readonly metrics: SourceMetrics;
  readonly options: Pick<SourceOptions, "snapshotFile" | "maxStaleMs" | "maxKeys">;
}

/**
 * The last good addresses of a namer in a file: read once, when the first of its names is observed, and written soon after a change.
 * Trouble with the file is logged and counted, and never disturbs naming.
 */
export class WarmStart {
  readonly names: RememberedNames;
  readonly #spec: WarmStartSpec;
  readonly #prefix: Path;
  readonly #files: FileStore;
  readonly #file: string;
  readonly #refreshMs: number;
  readonly #loaded = new Cell(false);
  #awake = false;
  /** What was found not to exist before the file could say that it does. */
  #goneEarly: Set<string> | undefined = new Set();
  #dirty = false;
  #writing = false;
  #failing = false;
  #closed = false;
  #savedAt = 0;
  #timer: Closable | undefined;

  /** Undefined where the options name no file. Throws NAMER_CONFIG where there is one, and nothing to read it with. */
  static of(spec: WarmStartSpec): WarmStart | undefined {
    const { snapshotFile } = spec.options;
    if (snapshotFile === undefined) return undefined;
    if (snapshotFile === "") throw new NamerError("NAMER_CONFIG", "snapshotFile: expected the name of a file");
    if (spec.env.files !== undefined) return new WarmStart(spec, snapshotFile, spec.env.files);
    throw new NamerError(
      "NAMER_CONFIG",
      "snapshotFile: this program gives namers no access to files (PluginEnv.files)",
    );
  }

  private constructor(spec: WarmStartSpec, file: string, files: FileStore) {
    const { maxStaleMs = DAY_MS, maxKeys } = spec.options;
    this.#spec = spec;
    this.#prefix = spec.env.prefix;
    this.#file = file;
    this.#files = files;
    this.names = new RememberedNames(spec.env.clock, maxStaleMs, maxKeys);
    // Often enough that a catalogue in which nothing changes does not look too old.
    this.#refreshMs = Math.max(SAVE_AFTER_MS, maxStaleMs / 10);
  }

  /** Whether the file has been read, or given up. */
  get loaded(): Var<boolean> {
    return this.#loaded;
  }

  /** Somebody observes a name: now the file counts. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    const { clock, shutdown } = this.#spec.env;
    if (shutdown?.aborted) {
      this.#closed = true;
      return;
    }
    shutdown?.addEventListener("abort", () => this.#close(), { once: true });
    this.#timer = clock.after(READ_DEADLINE_MS, () => {
      this.#failedToRead(new NamerError("NAMER_UNAVAILABLE", `not read within ${READ_DEADLINE_MS} ms`));
    });
    // Async, so that a store that throws at once rejects.
    const asked = (async () => this.#files.read(this.#file))();
    asked.then(
      (text) => this.#read(text),
      (thrown) => this.#failedToRead(thrown),
    );
  }

  /** What a name has now is not what it had. */
  changed(): void {
    this.#dirty = true;
    this.#schedule();
  }

  gone(key: string): void {
    this.#goneEarly?.add(key);
    if (this.names.gone(key)) this.changed();
  }

  /** There was contact with the catalogue. */
  touched(): void {
    if (this.names.observed > 0 && this.#spec.env.clock.now() - this.#savedAt >= this.#refreshMs) this.changed();
  }

  get #reading(): boolean {
    return !this.#closed && !this.#loaded.sample();
  }

  #failedToRead(thrown: unknown): void {
    if (!this.#reading) return;
    this.#trouble(`nothing is taken from it: ${messageOf(thrown)}`);
    this.#wasRead();
  }

  #read(text: string | undefined): void {
    if (!this.#reading) return;
    try {
      if (text !== undefined) this.#take(text);
    } catch (thrown) {
      this.#failedToRead(thrown);
      return;
    }
    this.#wasRead();
  }

  #take(text: string): void {
    const { names, problems } = readSnapshot(text, this.#prefix);
    this.names.load(names.filter(([key]) => !this.#goneEarly?.has(key)));
    if (problems.length === 0) return;
    this.#trouble(`${problems.length} of ${names.length + problems.length} names are left out: ${problems[0]}`);
  }

  #wasRead(): void {
    this.#goneEarly = undefined;
    this.#timer?.close();
    this.#timer = undefined;
    this.#savedAt = this.#spec.env.clock.now();
    try {
      this.#loaded.update(true);
    } catch (thrown) {
      this.#spec.env.log.error({ error: messageOf(thrown) }, "an observer threw");
    }
    if (this.#dirty) this.#schedule();
  }

  #schedule(): void {
    if (this.#closed || this.#writing || this.#timer !== undefined || !this.#loaded.sample()) return;
    this.#timer = this.#spec.env.clock.after(SAVE_AFTER_MS, () => {
      this.#timer = undefined;
      void this.#save();
    });
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    this.#dirty = false;
    this.#writing = true;
    this.#savedAt = this.#spec.env.clock.now();
    try {
      await this.#files.write(this.#file, this.#text());
      this.#failing = false;
      this.#spec.metrics.count("snapshot_saves");
    } catch (thrown) {
      this.#trouble(`it cannot be written: ${messageOf(thrown)}`, this.#failing);
      this.#failing = true;
    }
    this.#writing = false;
    if (this.#dirty) this.#schedule();
  }

  #text(): string {
    const entries = [...this.names.entries()];
    const savedAt = entries.reduce((newest, [, , at]) => Math.max(newest, at), 0);
    return snapshotText(this.#prefix, savedAt || this.#spec.env.clock.wall(), entries);
  }

  /** Best effort: nobody waits for it. */
  #close(): void {
    this.#closed = true;
    this.#timer?.close();
    this.#timer = undefined;
    if (this.#loaded.sample() && (this.#dirty || this.names.observed > 0)) void this.#save();
  }

  #trouble(what: string, quiet = false): void {
    this.#spec.metrics.count("snapshot_errors");
    if (!quiet) this.#spec.env.log.warn({ file: this.#file }, `snapshot file ${this.#file}: ${what}`);
  }
}
