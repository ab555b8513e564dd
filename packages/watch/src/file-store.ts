import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type FileStore, messageOf, NamerError } from "@namerkit/core";

/** A file that is larger is none of ours, and reading it could fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024;
/** No write takes that long: what is older was left by a process that was killed. */
const ABANDONED_MS = 600_000;

/**
 * Files of this machine, by names relative to `baseDir`. A write goes to a temporary file in the same folder, to the disk, and takes
 * the name of the file only then, so that there is never half a file; only its owner may read it (0600). Writes of one file come in
 * order; of those that wait for one under way, only the latest is carried out, and settles the others.
 *
 * Rejects with WATCH_FILE. The folder must exist.
 */
export function fileStore(baseDir: string): FileStore {
  const writers = new Map<string, Writer>();
  return {
    read: (file) => read(resolve(baseDir, file)),
    write(file, text) {
      const path = resolve(baseDir, file);
      const writer = writers.get(path) ?? new Writer(path);
      writers.set(path, writer);
      return writer.write(text);
    },
  };
}

async function read(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
    return await readFile(path, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw failure(path, thrown);
  }
}

/** The writes of one file. */
class Writer {
  readonly #path: string;
  #underWay: Promise<void> | undefined;
  #next: { text: string; readonly done: Promise<void> } | undefined;
  #swept = false;

  constructor(path: string) {
    this.#path = path;
  }

  write(text: string): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.text = text;
      return this.#next.done;
    }
    if (this.#underWay === undefined) return this.#start(text);
    const next = { text, done: this.#underWay.then(undefined, () => {}).then(() => this.#startNext()) };
    this.#next = next;
    return next.done;
  }

  #startNext(): Promise<void> {
    const text = this.#next?.text ?? "";
    this.#next = undefined;
    return this.#start(text);
  }

  #start(text: string): Promise<void> {
    const underWay = this.#write(text).finally(() => {
      if (this.#underWay === underWay) this.#underWay = undefined;
    });
    this.#underWay = underWay;
    return underWay;
  }

  async #write(text: string): Promise<void> {
    // A name of its own: another process may be writing the same file, also one with our process id in another container.
    const temporary = join(dirname(this.#path), `${this.#temporaryPrefix}${randomUUID()}`);
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.#sweep(temporary).catch(() => {});
      await rename(temporary, this.#path);
    } catch (thrown) {
      await rm(temporary, { force: true }).catch(() => {});
      throw failure(this.#path, thrown);
    }
    await syncFolder(dirname(this.#path));
  }

  get #temporaryPrefix(): string {
    return `.${basename(this.#path)}.tmp-`;
  }

  /** Removes what killed processes have left, once. The age is told by the file system's own clock. */
  async #sweep(mine: string): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    const folder = dirname(this.#path);
    const { mtimeMs: now } = await stat(mine);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(this.#temporaryPrefix)) continue;
      const path = join(folder, name);
      const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
      if (age > ABANDONED_MS) await rm(path, { force: true }).catch(() => {});
    }
  }
}

/** So that the new name survives a loss of power, where the system can do that; the text itself is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no folders, and some file systems sync none. Either the old or the new file is there, each of them whole.
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}

function failure(path: string, thrown: unknown): NamerError {
  return new NamerError("WATCH_FILE", `${path}: ${messageOf(thrown)}`, { cause: thrown });
}
