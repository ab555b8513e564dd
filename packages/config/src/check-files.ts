import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Place, Reporter } from "./reporter.js";

/** Files that a configuration names and that have to be there. */
export class WantedFiles {
  readonly #wanted: (readonly [file: string, place: Place])[] = [];

  add(file: string, place: Place): void {
    this.#wanted.push([file, place]);
  }

  /** Reports those that are missing or cannot be read. */
  async check(reporter: Reporter): Promise<void> {
    const flaws = await Promise.all(this.#wanted.map(([file]) => flawOf(file)));
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
