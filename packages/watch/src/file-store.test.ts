import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileStore } from "./file-store.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("fileStore", () => {
  it("reads what was written, relative to its folder, and nothing where there is no file", async () => {
    await mkdir(join(folder, "sub"));
    const store = fileStore(folder);
    expect(await store.read("sub/a.json")).toBeUndefined();
    expect(await store.read("no/such/folder.json")).toBeUndefined();
    await store.write("sub/a.json", "Grüße");
    expect(await store.read(join(folder, "sub/a.json"))).toBe("Grüße");
    expect(await fileStore(join(folder, "sub")).read("a.json")).toBe("Grüße");
  });

  it("lets only the owner read it, whatever was there before, and leaves nothing else behind", async () => {
    await writeFile(join(folder, "a.json"), "old");
    await chmod(join(folder, "a.json"), 0o644);
    await fileStore(folder).write("a.json", "new");
    expect([(await stat(join(folder, "a.json"))).mode & 0o777, await readdir(folder)]).toEqual([0o600, ["a.json"]]);
  });

  it("rejects with WATCH_FILE for what cannot be read or written, and can write again after", async () => {
    const store = fileStore(folder);
    await mkdir(join(folder, "folder"));
    await mkdir(join(folder, "full"));
    await writeFile(join(folder, "full", "x"), "");
    const failure = expect.objectContaining({ code: "WATCH_FILE", message: expect.stringContaining("folder") });
    await expect(store.read("folder")).rejects.toEqual(failure);
    await expect(store.write("no-such-folder/a.json", "x")).rejects.toEqual(failure);
    await expect(store.write("full", "x")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["folder", "full"]);
    await mkdir(join(folder, "no-such-folder"));
    await store.write("no-such-folder/a.json", "y");
    expect(await store.read("no-such-folder/a.json")).toBe("y");
  });

  it("does not read what is too large to be one of ours", async () => {
    await writeFile(join(folder, "huge"), "");
    await truncate(join(folder, "huge"), 2 ** 32);
    await expect(fileStore(folder).read("huge")).rejects.toThrow(/4294967296 bytes/);
  });

  it("writes in order; of those that wait, the latest settles all", async () => {
    const store = fileStore(folder);
    const done: number[] = [];
    const writes = Array.from({ length: 50 }, async (_, i) => {
      await store.write("a", `${i}`);
      done.push(i);
    });
    await writes[0];
    expect(["0", "49"]).toContain(await store.read("a"));
    await Promise.all(writes);
    expect([await store.read("a"), done[0], done.length]).toEqual(["49", 0, 50]);
    await store.write("a", "after");
    expect(await store.read("a")).toBe("after");
  });

  it("carries out what waits for a write that fails, and tells each caller the truth about its own", async () => {
    const store = fileStore(folder);
    const results = Promise.allSettled([store.write("sub/a", "1"), store.write("sub/a", "2")]);
    expect((await results).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const first = store.write("sub/b", "1");
    const second = first.catch(() => mkdir(join(folder, "sub"))).then(() => store.write("sub/b", "2"));
    await expect(first).rejects.toThrow();
    await second;
    expect(await store.read("sub/b")).toBe("2");
  });

  it("removes what was left by a process that was killed long ago, and no other file", async () => {
    const [old, fresh, foreign] = [".a.json.tmp-old", ".a.json.tmp-fresh", ".b.json.tmp-old"];
    for (const name of [old, fresh, foreign]) await writeFile(join(folder, name), "half");
    for (const name of [old, foreign]) await utimes(join(folder, name), 1_000, 1_000);
    await fileStore(folder).write("a.json", "x");
    expect((await readdir(folder)).sort()).toEqual([fresh, foreign, "a.json"].sort());
  });
});

describe("a process that is killed while it writes", () => {
  it("leaves the old file or the new one, each of them whole", async () => {
    const script = await writer();
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        await written(child);
        // Somewhere in a write: it does nothing else.
        await new Promise((resolve) => setTimeout(resolve, round * 3));
      } finally {
        child.kill("SIGKILL");
        await once(child, "close");
      }
      const { round: text, list } = JSON.parse((await readFile(join(folder, "warm.json"), "utf8")) || "null");
      expect([typeof text, list.length]).toEqual(["number", 20_000]);
    }
    expect(await fileStore(folder).read("warm.json")).toContain('"round"');
  }, 60_000);
});

/** A program that writes a large file over and over, with the sources of this package: none of them needs anything but Node. */
async function writer(): Promise<string> {
  const compile = async (source: string, name: string): Promise<void> => {
    const text = await readFile(fileURLToPath(new URL(source, import.meta.url)), "utf8");
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
    const { outputText } = ts.transpileModule(text, { compilerOptions: options });
    await writeFile(join(folder, name), outputText.replaceAll("@namerkit/core", "./errors.mjs"));
  };
  await compile("../../core/src/errors.ts", "errors.mjs");
  await compile("./file-store.ts", "file-store.mjs");
  const path = join(folder, "writer.mjs");
  await writeFile(
    path,
    `import { fileStore } from "./file-store.mjs";
const store = fileStore(process.argv[2]);
const list = Array.from({ length: 20_000 }, (_, i) => "192.0.2." + i);
for (let round = 0; ; round++) {
  await store.write("warm.json", JSON.stringify({ round, list }));
  if (round === 0) process.stdout.write("written");
}
`,
  );
  return path;
}

async function written(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the writer ended with ${code ?? signal}`);
  });
  ended.catch(() => {});
  if (child.stdout === null) throw new Error("the writer has no stdout");
  await Promise.race([once(child.stdout, "data"), ended]);
}
