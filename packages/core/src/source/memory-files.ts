import type { FileStore } from "./env.js";

/** Files in memory, for tests. */
export interface MemoryFiles extends FileStore {
  readonly files: Map<string, string>;
  /** How often something was written. */
  readonly writes: number;
  /** While set, reading and writing reject with it. */
  broken: Error | undefined;
}

export function memoryFiles(given: Readonly<Record<string, string>> = {}): MemoryFiles {
  const files = new Map(Object.entries(given));
  return {
    files,
    writes: 0,
    broken: undefined,
    async read(file) {
      if (this.broken !== undefined) throw this.broken;
      return files.get(file);
    },
    async write(file, text) {
      if (this.broken !== undefined) throw this.broken;
      (this as { writes: number }).writes++;
      files.set(file, text);
    },
  };
}
