import { open, stat } from "node:fs/promises";
import { type Clock, messageOf, NamerError } from "@namerkit/core";

/** How often the files are looked at while they are needed, in ms. */
const LOOK_MS = 1_000;
const MAX_BYTES = 1024 * 1024;

/**
 * What is made of some small files, made again when they change: tokens, certificates. Nothing is read before it is needed, and nothing
 * runs in between: whoever needs it looks, at most once a second by the clock, and only when a file has another time, size or inode
 * (a new file in its place, as Kubernetes and Vault do it) are the files read again.
 */
export class ChangingFiles<T> {
  readonly #clock: Clock;
  readonly #files: () => Promise<readonly string[]>;
  readonly #make: (contents: readonly string[]) => T;
  #made: { readonly value: T; readonly signature: string } | undefined;
  #lookedAt: number | undefined;
  #looking: Promise<T> | undefined;

  /**
   * @param files absolute names, or how to find them each time
   * @param make may throw a NamerError; its message must not quote the contents
   */
  constructor(
    clock: Clock,
    files: readonly string[] | (() => Promise<readonly string[]>),
    make: (contents: readonly string[]) => T,
  ) {
    this.#clock = clock;
    this.#files = typeof files === "function" ? files : () => Promise.resolve(files);
    this.#make = make;
  }

  /** What was made last, whether or not the files have changed since. */
  get last(): T | undefined {
    return this.#made?.value;
  }

  /** @throws NamerError (by rejecting) WATCH_FILE that names the file, or what `make` throws; the next call tries again */
  current(): Promise<T> {
    const made = this.#made;
    const fresh = this.#lookedAt !== undefined && this.#clock.now() - this.#lookedAt < LOOK_MS;
    return made !== undefined && fresh ? Promise.resolve(made.value) : this.look();
  }

  /** As `current`, but looks at once. Calls at the same time share one look. */
  look(): Promise<T> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<T> {
    const files = await this.#files();
    const signature = (await Promise.all(files.map(signatureOf))).join(" ");
    // Written while they are read, they look different the next time.
    if (this.#made?.signature !== signature) {
      this.#made = { value: this.#make(await Promise.all(files.map(read))), signature };
    }
    this.#lookedAt = this.#clock.now();
    return this.#made.value;
  }
}

async function signatureOf(file: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(file);
    return `${file}:${mtimeMs}:${ctimeMs}:${size}:${ino}`;
  } catch (thrown) {
    throw failure(file, thrown);
  }
}

async function read(file: string): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      const buffer = Buffer.alloc(MAX_BYTES + 1);
      let size = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, size, buffer.length - size);
        size += bytesRead;
        if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
        if (bytesRead === 0) return buffer.toString("utf8", 0, size);
      }
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw failure(file, thrown);
  }
}

function failure(file: string, thrown: unknown): NamerError {
  return new NamerError("WATCH_FILE", `cannot read ${file}: ${messageOf(thrown)}`, { cause: thrown });
}
