import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Loading } from "./plugins/loading.js";
import type { Place } from "./reporter.js";

/** Files that a configuration names and that have to be there. */
export class WantedFiles {
  readonly #wanted: (readonly [file: string, place: Place])[] = [];

  add(file: string, place: Place): void {
    this.#wanted.push([file, place]);
  }

  /** Reports those that are missing or cannot be read, and those of which nothing is known when the caller no longer waits. */
  async check({ reporter, settled }: Pick<Loading, "reporter" | "settled">): Promise<void> {
    const late = () => "cannot be read: it took too long";
    const flaws = await Promise.all(this.#wanted.map(([file]) => settled(flawOf(file)).catch(late)));
    for (const [index, [file, place]] of this.#wanted.entries()) {
      const flaw = flaws[index];
      if (flaw !== undefined) reporter.error("CONFIG_FILE", place, `${file} ${flaw}`);
    }
  }
}

async function flawOf(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).isDirectory()) return "is a directory, and a file is wanted";
    await access(file, constants.R_OK);
    return undefined;
  } catch (thrown) {
    const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "is not there";
    return code === "EACCES" || code === "EPERM"
      ? "cannot be read: permission denied"
      : `cannot be read: ${String(code)}`;
  }
}
