import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { brief, load, registry, SMALL } from "../../test-support/load.js";
import { loadConfig } from "../load-config.js";

const base = realpathSync(mkdtempSync(join(tmpdir(), "namerkit-config-")));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(file: string, text: string): void {
  const at = join(base, file);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, text);
}

const namer = (kind: string) => `{ role: "namer", kind: "${kind}", create: () => ({}) }`;
write("one.mjs", `export default ${namer("x.one")};`);
write("two.mjs", `export default [${namer("x.two")}, ${namer("x.three")}];`);
write("compiled.cjs", `exports.__esModule = true; exports.default = ${namer("x.compiled")};`);
write("taken.mjs", `export default ${namer("io.acme.nomad")};`);
write("none.mjs", `export const plugin = ${namer("x.none")};`);
write("odd.mjs", `export default { role: "nammer", kind: "x", create() {} };`);
write("bare.mjs", `export default { role: "namer", kind: "x" };`);
write("schema.mjs", `export default { role: "namer", kind: "x", create() {}, config: { port: "number" } };`);
write("throws.mjs", `throw new Error("no licence");`);
write("broken.mjs", `export default {`);
write(
  "hangs.mjs",
  `await new Promise((resolve) => setTimeout(resolve, 60_000).unref());\nexport default ${namer("x.late")};`,
);
write("node_modules/plain/package.json", `{ "name": "plain", "main": "index.js", "type": "module" }`);
write("node_modules/plain/index.js", `export default ${namer("x.plain")};`);
write(
  "node_modules/@acme/only-import/package.json",
  `{ "name": "@acme/only-import", "exports": { ".": { "types": "./i.d.ts", "import": "./i.mjs" }, "./sub": { "import": { "node": "./s.mjs" } } } }`,
);
write("node_modules/@acme/only-import/i.mjs", `export default ${namer("x.only")};`);
write("node_modules/@acme/only-import/s.mjs", `export default ${namer("x.sub")};`);

async function withPlugins(plugins: readonly string[], kinds: readonly string[]) {
  const text = `plugins: ${JSON.stringify(plugins)}\nnamers: ${JSON.stringify(kinds.map((kind) => ({ kind })))}\n${SMALL}`;
  return load(text, base);
}

describe("plugins:", () => {
  it.each([
    ["./one.mjs", "x.one"],
    ["./two.mjs", "x.three"],
    [join(base, "one.mjs"), "x.one"],
    ["./compiled.cjs", "x.compiled"],
    ["plain", "x.plain"],
    ["@acme/only-import", "x.only"],
    ["@acme/only-import/sub", "x.sub"],
  ])("%s brings %s", async (specifier, kind) => {
    const { plan, problems } = await withPlugins([specifier], [kind]);
    expect(problems).toEqual([]);
    expect(plan?.namers.map((planned) => planned.prefix.show())).toEqual([`/#/${kind}`]);
  });

  it.each([
    [
      "./missing.mjs",
      "PLUGIN_LOAD",
      "the module ./missing.mjs is not found",
      "file names are relative to the configuration",
    ],
    ["@acme/missing", "PLUGIN_LOAD", "the module @acme/missing is not found", "npm install @acme/missing"],
    ["./none.mjs", "PLUGIN_LOAD", "it has no default export", "defineNamer"],
    ["./odd.mjs", "PLUGIN_LOAD", "its role is none of namer", "defineNamer"],
    ["./bare.mjs", "PLUGIN_LOAD", "x has no create function", "defineNamer"],
    ["./schema.mjs", "PLUGIN_LOAD", "the config of x is not a Standard Schema", "defineNamer"],
    ["./throws.mjs", "PLUGIN_LOAD", "no licence", "defineNamer"],
    ["./broken.mjs", "PLUGIN_LOAD", "cannot be used", "defineNamer"],
    ["./taken.mjs", "KIND_DUPLICATE", "io.acme.nomad is there already", "another kind"],
  ])("%s: %s", async (specifier, code, message, hint) => {
    const { plan, problems } = await withPlugins(["./one.mjs", specifier], ["x.one"]);
    expect(plan).toBeUndefined();
    expect(brief(problems)).toEqual([`1:${13 + "./one.mjs".length + 1} plugins.1 ${code}`]);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.hint).toContain(hint);
  });

  it("has to be a list of texts", async () => {
    expect(brief((await load(`plugins: ./one.mjs\n${SMALL}`, base)).problems)).toEqual(["1:10 plugins CONFIG_TYPE"]);
    expect(brief((await load(`plugins: [{}]\n${SMALL}`, base)).problems)).toEqual(["1:11 plugins.0 CONFIG_TYPE"]);
  });

  it("of one configuration never reaches another", async () => {
    await withPlugins(["./one.mjs"], ["x.one"]);
    expect(brief((await withPlugins([], ["x.one"])).problems)).toEqual(["2:18 namers.0.kind KIND_UNKNOWN"]);
    expect(registry.kinds("namer")).not.toContain("x.one");
  });

  it("is not waited for once the caller gives up", async () => {
    const abort = new AbortController();
    const loading = loadConfig({ text: `plugins: [./hangs.mjs]\n${SMALL}`, file: "f", baseDir: base }, registry, {
      signal: abort.signal,
    });
    abort.abort();
    expect(brief((await loading).problems)).toEqual(["1:11 plugins.0 PLUGIN_LOAD"]);
  });
});
