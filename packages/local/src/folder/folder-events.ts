import { type FSWatcher, watch } from "node:fs";
import { basename, join } from "node:path";
import type { Closable } from "@namerkit/core";

/** Starts to watch one folder. Replaceable, for tests. */
export type WatchFolder = (folder: string, changed: (name: string | undefined) => void, failed: () => void) => Closable;

/** The operating system's notifications. */
export const watchFolder: WatchFolder = (folder, changed, failed) => {
  const watcher: FSWatcher = watch(folder, { persistent: false });
  watcher.on("change", (_, name) => changed(typeof name === "string" ? name : name?.toString()));
  watcher.on("error", failed);
  const close = () => watcher.close();
  return { close, [Symbol.dispose]: close };
};

interface Watched {
  /** Tells a folder from another that has taken its place. */
  readonly identity: string;
  readonly handle: Closable | undefined;
}

/**
 * One watcher for each folder of a tree. Where the system gives none (no more watches to be had, a file system that tells of nothing)
 * a folder goes without: whoever uses this has to look by himself now and then.
 */
export class FolderEvents implements Closable {
  readonly #watchFolder: WatchFolder;
  readonly #changed: (path: string) => void;
  readonly #watched = new Map<string, Watched>();

  /** `changed`: something at this path, or below it. */
  constructor(watchFolder: WatchFolder, changed: (path: string) => void) {
    this.#watchFolder = watchFolder;
    this.#changed = changed;
  }

  /** How many folders the system watches for us. */
  get size(): number {
    let size = 0;
    for (const { handle } of this.#watched.values()) if (handle !== undefined) size++;
    return size;
  }

  /** Before the folder is read, so that nothing happens in between unseen. Costs nothing if it is watched already. */
  add(folder: string, identity: string): void {
    const known = this.#watched.get(folder);
    if (known?.identity === identity && known.handle !== undefined) return;
    known?.handle?.close();
    this.#watched.set(folder, { identity, handle: this.#start(folder) });
  }

  delete(folder: string): void {
    this.#watched.get(folder)?.handle?.close();
    this.#watched.delete(folder);
  }

  close(): void {
    for (const { handle } of this.#watched.values()) handle?.close();
    this.#watched.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #start(folder: string): Closable | undefined {
    try {
      return this.#watchFolder(
        folder,
        (name) => this.#changed(isOfAll(name, folder) ? folder : join(folder, name as string)),
        () => this.#failed(folder),
      );
    } catch {
      return undefined;
    }
  }

  #failed(folder: string): void {
    const known = this.#watched.get(folder);
    if (known === undefined) return;
    known.handle?.close();
    this.#watched.set(folder, { identity: known.identity, handle: undefined });
    this.#changed(folder);
  }
}

/**
 * Whether a notification concerns the whole folder: some systems tell no names, Kubernetes changes all files of a volume by one link,
 * ..data, and a folder that is moved away tells its own name.
 */
function isOfAll(name: string | undefined, folder: string): boolean {
  return name === undefined || name.startsWith("..") || name === basename(folder);
}
