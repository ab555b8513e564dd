import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorOf, FileTree } from "./file-tree.js";

let root = "";
let watched: string[];
let read: string[];
let tree: FileTree<string>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "namerkit-tree-"));
  watched = [];
  read = [];
  tree = treeOf({});
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function treeOf(limits: { maxBytes?: number; maxFiles?: number; only?: string }): FileTree<string> {
  const make = (text: string, name: string) => {
    read.push(name);
    return text;
  };
  const events = {
    add: (folder: string) => void watched.push(folder),
    delete: (folder: string) => {
      watched = watched.filter((one) => one !== folder);
    },
  };
  return new FileTree({ root, make, maxBytes: 1_000, maxFiles: 100, ...limits }, events);
}

const write = (name: string, text = name) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};
const everything = () => tree.look([""]);
const files = () => Object.fromEntries([...tree.snapshot.files].sort());
const unreadable = () => [...tree.snapshot.unreadable.keys()];

describe("the files of a folder", () => {
  it("are read, in subfolders too, each of which is watched", async () => {
    write("web");
    write("prod/web", "two");
    write("prod/eu/api");
    await everything();
    expect(files()).toEqual({ web: "web", "prod/web": "two", "prod/eu/api": "prod/eu/api" });
    expect(new Set(watched)).toEqual(new Set([root, join(root, "prod"), join(root, "prod/eu")]));
  });

  it("are the same object while nothing has changed", async () => {
    write("web");
    await everything();
    // Read once more: it might have been written to within the same tick of the file system's clock.
    await everything();
    const before = tree.snapshot;
    await everything();
    await everything();
    expect(tree.snapshot).toBe(before);
    expect(read.length).toBeLessThanOrEqual(3);
  });

  it("of which one is told to have changed is read, and no other", async () => {
    for (let i = 0; i < 20; i++) write(`file${i}`);
    await everything();
    read = [];
    write("file7", "other");
    await tree.look(["file7"]);
    expect(read).toEqual(["file7"]);
    expect(tree.snapshot.files.get("file7")).toBe("other");
  });

  it("appear, go, and become folders", async () => {
    write("web");
    await everything();
    rmSync(join(root, "web"));
    write("web/within");
    await tree.look(["web"]);
    expect(files()).toEqual({ "web/within": "web/within" });
    rmSync(join(root, "web"), { recursive: true });
    write("web", "again");
    await tree.look(["web"]);
    expect(files()).toEqual({ web: "again" });
    expect(watched).not.toContain(join(root, "web"));
    rmSync(join(root, "web"));
    await tree.look(["web"]);
    expect(files()).toEqual({});
  });

  it("of a Kubernetes volume change all at once, by one link", async () => {
    write("..v1/web", "one");
    write("..v2/web", "two");
    symlinkSync("..v1", join(root, "..data"));
    symlinkSync(join("..data", "web"), join(root, "web"));
    await everything();
    expect(files()).toEqual({ web: "one" });
    symlinkSync("..v2", join(root, "..new"));
    renameSync(join(root, "..new"), join(root, "..data"));
    await everything();
    expect(files()).toEqual({ web: "two" });
  });

  it("may be endless by a link, and are read so far", async () => {
    write("a/web");
    symlinkSync("..", join(root, "a/up"));
    await everything();
    expect(tree.snapshot.files.get("a/web")).toBe("a/web");
    expect(unreadable().length).toBeGreaterThan(0);
  });

  it("that are too large or too many are told of", async () => {
    write("large", "x".repeat(1_001));
    write("small");
    await everything();
    expect(files()).toEqual({ small: "small" });
    expect(tree.snapshot.unreadable.get("large")?.message).toMatch(/large: it has 1001 bytes, more than 1000/);
    tree = treeOf({ maxFiles: 1 });
    await expect(everything()).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringContaining("more than 1 files"),
    });
  });

  it.skipIf(process.platform === "win32")("that are pipes are not opened", async () => {
    expect(spawnSync("mkfifo", [join(root, "pipe")]).status).toBe(0);
    write("web");
    await everything();
    expect(files()).toEqual({ web: "web" });
  });

  // Root may read everything.
  it.skipIf(process.getuid?.() === 0)("that may not be read keep what was known", async () => {
    write("web");
    write("closed/api");
    await everything();
    chmodSync(join(root, "closed"), 0);
    await everything();
    expect(files()).toEqual({ web: "web", "closed/api": "closed/api" });
    expect(errorOf("closed/api", tree.snapshot.unreadable)?.code).toBe("NAMER_UNAVAILABLE");
    chmodSync(join(root, "closed"), 0o755);
    await everything();
    expect(unreadable()).toEqual([]);
  });

  it("that were too large and have become smaller are read, and the error is gone", async () => {
    write("web");
    await everything();
    write("web", "x".repeat(2_000));
    await tree.look(["web"]);
    expect(files()).toEqual({ web: "web" });
    expect(unreadable()).toEqual(["web"]);
    write("web", "small");
    await tree.look(["web"]);
    expect(files()).toEqual({ web: "small" });
    expect(unreadable()).toEqual([]);
  });

  it("of which only one counts", async () => {
    write("dtab");
    write("other");
    tree = treeOf({ only: "dtab" });
    await everything();
    expect(files()).toEqual({ dtab: "dtab" });
    expect(read).toEqual(["dtab"]);
  });

  it("cannot be read without the folder, and what was known stays", async () => {
    write("web");
    await everything();
    rmSync(root, { recursive: true });
    await expect(everything()).rejects.toMatchObject({ message: `${root} is not a directory` });
    writeFileSync(root, "a file");
    await expect(everything()).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE" });
    expect(files()).toEqual({ web: "web" });
  });
});

describe("after whatever has happened", () => {
  const name = fc.constantFrom("a", "b", "f/a", "f/b", "f/g/a", "f/g");
  const step = fc.oneof(
    fc.record({ do: fc.constant("write" as const), name, text: fc.string({ maxLength: 3 }) }),
    fc.record({ do: fc.constant("remove" as const), name }),
  );

  it("one look at what was told shows what is there", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 6 }), async (rounds) => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        tree = treeOf({});
        await everything();
        const model = new Map<string, string>();
        for (const round of rounds) {
          const told = new Set<string>();
          for (const one of round) {
            // What is in the way goes first, as it must on a disk too.
            for (const other of [...model.keys()]) {
              if (`${other}/`.startsWith(`${one.name}/`) || `${one.name}/`.startsWith(`${other}/`)) {
                model.delete(other);
                rmSync(join(root, other), { recursive: true, force: true });
                told.add(other);
              }
            }
            rmSync(join(root, one.name), { recursive: true, force: true });
            if (one.do === "write") {
              write(one.name, one.text);
              model.set(one.name, one.text);
            }
            // The system tells of the first folder that is new.
            for (let end = one.name.indexOf("/"); end !== -1; end = one.name.indexOf("/", end + 1)) {
              told.add(one.name.slice(0, end));
            }
            told.add(one.name);
          }
          await tree.look(told);
          expect(files()).toEqual(Object.fromEntries([...model].sort()));
        }
      }),
      { numRuns: 60 },
    );
  });
});
