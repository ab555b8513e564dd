import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Adapter, VectorCase, VectorFile } from "./adapter.js";

// Its own fixtures, and the directory in NAMERKIT_VECTORS if there is one. Whatever cannot be checked fails; nothing is skipped.
const here = fileURLToPath(new URL(".", import.meta.url));
const directories = [join(here, "fixtures")];
const extra = process.env.NAMERKIT_VECTORS;
if (extra !== undefined && extra !== "") directories.push(extra);

for (const directory of directories) {
  describe(directory === extra ? "NAMERKIT_VECTORS" : "fixtures", async () => {
    const files = list(directory);
    it("there are vector files", () => {
      expect(files, `no *.json in ${directory}`).not.toEqual([]);
    });
    for (const path of files) await describeFile(path);
  });
}

async function describeFile(path: string): Promise<void> {
  const name = basename(path, ".json");
  const adapter = await adapterFor(name);
  const file = read(path, name);
  describe(`${name}.json`, () => {
    if (adapter === undefined || file instanceof Error) {
      it("can be checked", () => {
        if (file instanceof Error) throw file;
        throw new Error(`no adapter for ${name}.json: add adapters/${name}.ts`);
      });
      return;
    }
    it("has cases", () => expect(file.cases).not.toEqual([]));
    for (const [index, vectorCase] of file.cases.entries()) {
      it(`${index} ${String(vectorCase.id ?? "")}`, () => adapter(vectorCase, file));
    }
  });
}

function list(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(directory, name));
}

function read(path: string, name: string): VectorFile | Error {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    const cases = (content as { cases?: unknown } | null)?.cases;
    if (!Array.isArray(cases)) throw new Error("there is no list of cases");
    return { name, path, cases: cases as VectorCase[] };
  } catch (thrown) {
    return new Error(`${name}.json: ${String(thrown)}`, { cause: thrown });
  }
}

async function adapterFor(name: string): Promise<Adapter | undefined> {
  if (!existsSync(join(here, "adapters", `${name}.ts`))) return undefined;
  const module: { adapter: Adapter } = await import(`./adapters/${name}.ts`);
  return module.adapter;
}
