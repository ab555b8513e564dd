import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { get, serve } from "../support/http.js";
import { mockMetadataBin, root } from "../support/paths.js";
import { runToEnd, TestProcess } from "../support/process.js";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const npx = process.platform === "win32" ? "npx.cmd" : "npx";

let packed: TestFolder;
let user: TestFolder;

beforeAll(async () => {
  packed = await TestFolder.make();
  user = await TestFolder.make();
  const done = await runToEnd(
    "pnpm",
    [
      "--recursive",
      "--filter",
      "namerkit",
      "--filter",
      "@namerkit/*",
      "--filter",
      "!@namerkit/test",
      "--filter",
      "!@namerkit/bench",
      "pack",
      "--pack-destination",
      packed.path,
    ],
    { cwd: root },
  );
  expect(done.code, done.stderr + done.stdout).toBe(0);
  const tarballs = (await readdir(packed.path)).map((name) => join(packed.path, name));
  await user.write("package.json", JSON.stringify({ name: "a-user", private: true }));
  const needed = tarballs.filter((file) => !/testing-/.test(file));
  const install = await runToEnd(npm, ["install", "--no-audit", "--no-fund", ...needed], { cwd: user.path });
  expect(install.code, install.stderr + install.stdout).toBe(0);
});

afterAll(async () => {
  await packed?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
});

const stack = `
stacks:
  shop:
    services:
      web: { addresses: [127.0.0.1] }
`;

describe("in an empty folder, with packed tarballs and plain npm", () => {
  it("brings no tests and no files of one machine", async () => {
    const listing = await runToEnd("tar", [
      "-tzf",
      join(packed.path, (await readdir(packed.path)).find((name) => name.startsWith("namerkit-core")) as string),
    ]);
    expect(listing.stdout).toContain("package/dist/index.js");
    expect(listing.stdout).not.toMatch(/\.test\./);
    const manifest = JSON.parse(await readFile(join(user.path, "node_modules", "namerkit", "package.json"), "utf8"));
    expect(JSON.stringify(manifest)).not.toContain("workspace:");
  });

  it("serves a configuration that registers the Rancher namer", async () => {
    const description = await user.write("stack.yaml", stack);
    await using metadata = new TestProcess(process.execPath, [mockMetadataBin, description, "--port", "0"]);
    const [, port] = await metadata.match(/http:\/\/127\.0\.0\.1:(\d+)/);
    await using backEnd = await serve((_request, response) => response.end("hello from the back end"));
    await user.write(
      "linkerd.yaml",
      `
admin: { port: 0 }
namers:
- kind: io.l5d.rancher
  host: 127.0.0.1
  port: ${port}
  allowLoopback: true
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.rancher/${backEnd.port}/shop ;
  servers:
  - port: 0
`,
    );
    await using proxy = new TestProcess(npx, ["--no-install", "namerkit", "proxy", "linkerd.yaml"], { cwd: user.path });
    const [, own] = await proxy.match(/serving http on \/127\.0\.0\.1:(\d+)/);
    expect(await get(Number(own), "web")).toEqual({ status: 200, body: "hello from the back end" });
  });

  it("serves a namer of one's own, of twenty lines, named under plugins", async () => {
    await using backEnd = await serve((_request, response) => response.end("hello from the back end"));
    await user.write(
      "my-namer.mjs",
      `import { address, defineNamer, watchEach } from "@namerkit/core";

// A catalogue that knows one service, and asks nobody.
export default defineNamer({
  kind: "io.acme.fixed",
  create: (_config, env) =>
    watchEach(env, {
    segments: ["service"],
    async *watch({ service }, { signal }) {
      yield service === "web" ? [address("127.0.0.1", ${backEnd.port})] : undefined;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    }),
});
`,
    );
    await user.write(
      "own.yaml",
      `
admin: { port: 0 }
plugins: [./my-namer.mjs]
namers:
- kind: io.acme.fixed
routers:
- protocol: http
  dtab: /svc => /#/io.acme.fixed ;
  servers:
  - port: 0
`,
    );
    const check = await runToEnd(npx, ["--no-install", "namerkit", "check", "own.yaml"], { cwd: user.path });
    expect(check.code, check.stdout + check.stderr).toBe(0);
    await using proxy = new TestProcess(npx, ["--no-install", "namerkit", "proxy", "own.yaml"], { cwd: user.path });
    const [, own] = await proxy.match(/serving http on \/127\.0\.0\.1:(\d+)/);
    expect(await get(Number(own), "web")).toEqual({ status: 200, body: "hello from the back end" });
    expect((await get(Number(own), "other")).body).toContain("Unable to route request!");
    // What its pages are made of has been packed, too.
    const [, admin] = await proxy.match(/serving http admin on \/127\.0\.0\.1:(\d+)/);
    expect((await get(Number(admin), "localhost", "/")).body).toContain("files/dashboard.js");
    expect((await get(Number(admin), "localhost", "/files/dashboard.js")).status).toBe(200);
  });
});
