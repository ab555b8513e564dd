import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NamerError } from "@namerkit/core";
import type { Backend, Endpoint, Subject } from "@namerkit/testing/conformance";
import { type WatchFolder, watchFolder } from "../src/folder/folder-events.js";
import { checkFsOptions } from "../src/names/fs-config.js";
import { createFsNamer } from "../src/names/fs-namer.js";

/** A folder of its own for each scenario, with a file for each service. */
class FolderBackend implements Backend {
  readonly #outer = mkdtempSync(join(tmpdir(), "namerkit-fs-"));
  /** Of such a name that its path, in an error, says what the suite looks for in the cause. */
  readonly folder = join(this.#outer, "unbroken");
  readonly #away = join(this.#outer, "away");
  /** Where the files are at the moment. */
  #at = this.folder;
  readonly #files = new Map<string, string>();
  #watches = 0;

  constructor() {
    mkdirSync(this.folder);
  }

  put(service: string, endpoints: readonly Endpoint[]): void {
    this.#write(service, endpoints.map(({ ip, port }) => `${ip} ${port}\n`).join(""));
  }

  remove(service: string): void {
    this.#files.delete(service);
    rmSync(join(this.#at, service), { force: true });
  }

  /** The lines of each file in another order, under a comment. */
  touch(): void {
    for (const [service, text] of this.#files) {
      this.#write(service, `# again\n${text.split("\n").reverse().join("\n")}\n`);
    }
  }

  addOdd(service: string): void {
    this.#write(service, `${this.#files.get(service) ?? ""}\nnobody knows\n10.9.9.9 x\n`);
  }

  addUnknown(): void {
    mkdirSync(join(this.#at, "folder", "within"), { recursive: true });
    this.#write("folder/within/other", "10.9.9.9 80\n");
    this.#write(".hidden", "what?\n");
  }

  /** The whole folder is away, as when a volume is not mounted. */
  break(_error: NamerError): void {
    renameSync(this.folder, this.#away);
    this.#at = this.#away;
  }

  heal(): void {
    renameSync(this.#away, this.folder);
    this.#at = this.folder;
  }

  watches(): number {
    return this.#watches;
  }

  /** The system's notifications, counted for the folder itself. */
  readonly watch: WatchFolder = (folder, changed, failed) => {
    const handle = watchFolder(folder, changed, failed);
    if (folder !== this.folder) return handle;
    this.#watches++;
    const close = () => {
      this.#watches--;
      handle.close();
    };
    return { close, [Symbol.dispose]: close };
  };

  close(): void {
    rmSync(this.#outer, { recursive: true, force: true });
  }

  #write(service: string, text: string): void {
    this.#files.set(service, text);
    writeFileSync(join(this.#at, service), text);
  }
}

/** The namer of files as the conformance suite sees it. */
export const fsSubject: Subject<FolderBackend> = {
  backend: () => new FolderBackend(),
  create: (_, settings, env, backend) =>
    createFsNamer(checkFsOptions({ rootDir: backend.folder, ...settings }), { ...env, watchFolder: backend.watch }),
  path: (service) => `/${service}`,
  nonsense: ["/..", "/.", "/a\\x2fb", "/..data/web"],
  // Files take real time.
  pace: { stepMs: 25, everyMs: 1 },
};
