import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, NamerError } from "@namerkit/core";
import type { FolderEvents } from "./folder-events.js";

/** A tree at one moment. Names are relative to the root, with slashes; the root itself is "". Never changed afterwards. */
export interface TreeSnapshot<T> {
  readonly files: ReadonlyMap<string, T>;
  /** Files and folders that could not be read. What was known of them, and of what is in them, stays. */
  readonly unreadable: ReadonlyMap<string, NamerError>;
}

export interface TreeSpec<T> {
  /** Absolute. */
  readonly root: string;
  /** The one name in the root that counts; all of them unless given. */
  readonly only?: string;
  /** What becomes of a file's text. */
  make(text: string, name: string): T;
  /** A larger file is not read. */
  readonly maxBytes: number;
  /** More than this are an error: somebody has pointed at the wrong folder. */
  readonly maxFiles: number;
}

interface Entry<T> {
  readonly value: T;
  /** Undefined: it may have changed while it was read, or just after within the same tick of the file system's clock. */
  readonly signature: string | undefined;
}

/** What one look has come upon. */
interface Found {
  readonly files: Map<string, Stats>;
  readonly folders: Set<string>;
  readonly unreadable: Map<string, NamerError>;
}

/** Links can make a tree endless. */
const maxDepth = 16;
const atOnce = 32;

/** The files of a folder and its subfolders, read once and then only where something has changed. Links are followed. */
export class FileTree<T> {
  readonly #spec: TreeSpec<T>;
  readonly #events: Pick<FolderEvents, "add" | "delete">;
  readonly #files = new Map<string, Entry<T>>();
  readonly #folders = new Set<string>();
  readonly #unreadable = new Map<string, NamerError>();
  #snapshot: TreeSnapshot<T> = { files: new Map(), unreadable: new Map() };
  #moved = false;

  constructor(spec: TreeSpec<T>, events: Pick<FolderEvents, "add" | "delete">) {
    this.#spec = spec;
    this.#events = events;
  }

  /** The same object as long as nothing has changed. */
  get snapshot(): TreeSnapshot<T> {
    return this.#snapshot;
  }

  /**
   * Looks at these names and at what is below them; "" is everything. A file that is named is read again even if it looks the same.
   *
   * @throws NamerError (by rejecting) NAMER_UNAVAILABLE if the root is no folder or cannot be read
   */
  async look(names: Iterable<string>): Promise<void> {
    for (const scope of names) {
      const found: Found = { files: new Map(), folders: new Set(), unreadable: new Map() };
      await this.#visit(scope, depthOf(scope), found);
      const { root } = this.#spec;
      const rootError = found.unreadable.get("");
      if (rootError !== undefined) throw rootError;
      if (scope === "" && !found.folders.has(""))
        throw new NamerError("NAMER_UNAVAILABLE", `${root} is not a directory`);
      this.#sweep(scope, found);
      await eachAtOnce([...found.files], ([name, stats]) => this.#read(name, stats, name === scope));
    }
    if (!this.#moved) return;
    this.#moved = false;
    const files = new Map(Array.from(this.#files, ([name, { value }]) => [name, value]));
    this.#snapshot = { files, unreadable: new Map(this.#unreadable) };
  }

  async #visit(name: string, depth: number, found: Found): Promise<void> {
    const path = join(this.#spec.root, name);
    try {
      const stats = await stat(path);
      if (stats.isFile()) found.files.set(name, stats);
      // Never opened: whoever opens a pipe waits for somebody to write.
      if (!stats.isDirectory()) return;
      if (depth > maxDepth) throw new Error(`deeper than ${maxDepth} folders`);
      found.folders.add(name);
      this.#events.add(path, `${stats.dev}:${stats.ino}`);
      const inside = await this.#inside(name, path);
      if (found.files.size + inside.length > this.#spec.maxFiles)
        throw new Error(`more than ${this.#spec.maxFiles} files`);
      await eachAtOnce(inside, (one) => this.#visit(name === "" ? one : `${name}/${one}`, depth + 1, found));
    } catch (thrown) {
      if (!isGone(thrown)) found.unreadable.set(name, unreadable(path, thrown));
    }
  }

  /** Kubernetes keeps versions of a volume in folders that begin with two dots, and links to the current one. */
  async #inside(name: string, path: string): Promise<readonly string[]> {
    const { only } = this.#spec;
    if (only !== undefined) return name === "" ? [only] : [];
    return (await readdir(path)).filter((one) => !one.startsWith(".."));
  }

  /** Forgets what was known within the scope and has not been found again. */
  #sweep(scope: string, { files, folders, unreadable: failed }: Found): void {
    for (const name of [...this.#folders]) if (isWithin(name, scope) && !folders.has(name)) this.#forgetFolder(name);
    for (const name of folders) this.#folders.add(name);
    for (const name of [...this.#unreadable.keys()]) {
      if (isWithin(name, scope) && !failed.has(name)) this.#readable(name);
    }
    for (const [name, error] of failed) this.#failed(name, error);
    for (const name of [...this.#files.keys()]) {
      if (isWithin(name, scope) && !files.has(name) && errorOf(name, this.#unreadable) === undefined)
        this.#forget(name);
    }
  }

  async #read(name: string, stats: Stats, always: boolean): Promise<void> {
    const { root, maxBytes, make } = this.#spec;
    const path = join(root, name);
    const before = signatureOf(stats);
    const known = this.#files.get(name);
    if (known?.signature === before && !always) return;
    try {
      if (stats.size > maxBytes) throw new Error(`it has ${stats.size} bytes, more than ${maxBytes}`);
      const text = await readFile(path, "utf8");
      const settled = known !== undefined && signatureOf(await stat(path)) === before;
      this.#files.set(name, { value: make(text, name), signature: settled ? before : undefined });
      this.#moved = true;
      this.#readable(name);
    } catch (thrown) {
      if (isGone(thrown)) this.#forget(name);
      else this.#failed(name, unreadable(path, thrown));
    }
  }

  #forget(name: string): void {
    if (this.#files.delete(name)) this.#moved = true;
  }

  #forgetFolder(name: string): void {
    this.#folders.delete(name);
    this.#events.delete(join(this.#spec.root, name));
  }

  #failed(name: string, error: NamerError): void {
    if (this.#unreadable.get(name)?.message === error.message) return;
    this.#unreadable.set(name, error);
    this.#moved = true;
  }

  #readable(name: string): void {
    if (this.#unreadable.delete(name)) this.#moved = true;
  }
}

/** Why a name, or a folder that it is in, could not be read. */
export function errorOf(name: string, failed: ReadonlyMap<string, NamerError>): NamerError | undefined {
  if (failed.size === 0) return undefined;
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    const error = failed.get(name.slice(0, end));
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Equal for a file that has not changed; a new file in the place of an old one differs by its inode. */
function signatureOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}

function depthOf(name: string): number {
  return name === "" ? 0 : name.split("/").length;
}

function isWithin(name: string, scope: string): boolean {
  return scope === "" || name === scope || name.startsWith(`${scope}/`);
}

function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(path: string, thrown: unknown): NamerError {
  return new NamerError("NAMER_UNAVAILABLE", `cannot read ${path}: ${messageOf(thrown)}`, { cause: thrown });
}

async function eachAtOnce<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < all.length) await work(all[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
