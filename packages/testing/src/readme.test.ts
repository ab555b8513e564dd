import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const examples = Array.from(readme.matchAll(/<!-- runs -->\n```js\n([\s\S]*?)```/g), ([, code = ""]) => code);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("has examples that run", () => expect(examples).toHaveLength(5));

it.each(examples.map((code, i) => [i + 1, code] as const))("example %i prints what it says", async (i, code) => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const file = join(folder, `example-${i}.ts`);
    await writeFile(
      file,
      code.replaceAll(/ from "([^"]+)"/g, (_, name: string) => ` from ${JSON.stringify(placeOf(name))}`),
    );
    await import(file);
    const printed = log.mock.calls.map((call) => call.map((one) => inspect(one, { breakLength: Infinity })).join(" "));
    const announced = Array.from(code.matchAll(/console\.log\(.*\); \/\/ (.*)/g), ([, text]) => text);
    expect(printed.join(" ")).toBe(announced.join(" "));
  } finally {
    log.mockRestore();
  }
});

/** The file is in no package, so that it cannot import by name; our own names are aliases for the sources. */
function placeOf(name: string): string {
  return name.startsWith("@namerkit/") ? name : fileURLToPath(import.meta.resolve(name));
}
