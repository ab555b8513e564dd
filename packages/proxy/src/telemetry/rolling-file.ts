import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AccessLogPlan } from "@namerkit/config";
import type { Clock } from "@namerkit/core";
import { periodOf, RolledNames } from "./roll-policy.js";

/** How soon it is noticed that somebody has moved the file away. */
const lookMs = 5_000;
/** With O_NONBLOCK a pipe that nobody reads is an error instead of a thread that hangs. */
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NONBLOCK ?? 0);

interface Opened {
  readonly handle: FileHandle;
  readonly inode: string;
  /** Devices and pipes are never rolled. */
  readonly regular: boolean;
  /** When its period began, or it itself where it has none, by the wall clock. */
  begunAt: number;
  size: number;
}

/**
 * A file that is appended to, and renamed by its policy. Opened at the first line; opened anew when somebody has moved it away or
 * deleted it. One call at a time.
 */
export class RollingFile {
  readonly #plan: AccessLogPlan;
  readonly #clock: Clock;
  readonly #names: RolledNames;
  #truncate: boolean;
  #opened: Opened | undefined;
  #lookedAt = 0;

  constructor(plan: AccessLogPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#truncate = !plan.append;
    this.#names = new RolledNames(basename(plan.file), plan.rollPolicy);
  }

  /** Rejects with what the file system says; then the file is closed, and the next call opens it anew. */
  async write(lines: readonly string[]): Promise<void> {
    try {
      await this.#lookForFile();
      let from = 0;
      while (from < lines.length) {
        const opened = await this.#current();
        const to = this.#fitting(lines, from, opened);
        const bytes = Buffer.from(lines.slice(from, to).join(""), "latin1");
        await writeAll(opened.handle, bytes);
        opened.size += bytes.length;
        from = to;
      }
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.handle.close().catch(() => {});
  }

  /** How far the lines go into this file; one at the least. */
  #fitting(lines: readonly string[], from: number, { regular, size }: Opened): number {
    const { rollPolicy } = this.#plan;
    if (rollPolicy.kind !== "size" || !regular) return lines.length;
    let total = size;
    let to = from;
    do {
      total += (lines[to++] as string).length;
    } while (to < lines.length && total + (lines[to] as string).length <= rollPolicy.bytes);
    return to;
  }

  /** The open file, rolled before if that is due. */
  async #current(): Promise<Opened> {
    let opened = this.#opened ?? (await this.#open());
    if (this.#due(opened)) {
      await this.#roll(opened);
      opened = await this.#open();
    }
    return opened;
  }

  async #open(): Promise<Opened> {
    const { file, rollPolicy } = this.#plan;
    const handle = await open(file, this.#truncate ? flags | constants.O_TRUNC : flags, 0o640);
    this.#truncate = false;
    const found = await handle.stat();
    const now = this.#clock.wall();
    // What was written before this process came belongs to the period in which it was written last.
    const at = found.size > 0 && found.isFile() ? Math.min(found.mtimeMs, now) : now;
    const begunAt = periodOf(rollPolicy, at) ?? at;
    this.#opened = { handle, inode: inodeOf(found), regular: found.isFile(), begunAt, size: found.size };
    this.#lookedAt = this.#clock.now();
    return this.#opened;
  }

  #due({ regular, size, begunAt }: Opened): boolean {
    const { rollPolicy } = this.#plan;
    if (!regular || size === 0) return false;
    if (rollPolicy.kind === "size") return size >= rollPolicy.bytes;
    const period = periodOf(rollPolicy, this.#clock.wall());
    return period !== undefined && period > begunAt;
  }

  async #roll({ begunAt }: Opened): Promise<void> {
    const { file, keep } = this.#plan;
    await this.close();
    const folder = dirname(file);
    const names = await readdir(folder);
    const name = this.#names.next(begunAt, names);
    await rename(file, join(folder, name));
    if (keep === undefined) return;
    const rolled = this.#names.among([...names, name]);
    for (const old of rolled.slice(0, Math.max(0, rolled.length - keep))) await unlink(join(folder, old));
  }

  /** Others rotate logs, too: what they have moved away is theirs. */
  async #lookForFile(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined || this.#clock.now() - this.#lookedAt < lookMs) return;
    this.#lookedAt = this.#clock.now();
    const found = await stat(this.#plan.file).catch(() => undefined);
    if (found === undefined || inodeOf(found) !== opened.inode) await this.close();
  }
}

function inodeOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}/${ino}`;
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at);
    at += bytesWritten;
  }
}
