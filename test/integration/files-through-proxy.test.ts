import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const config = `
admin: { port: 0 }
namers:
- kind: io.l5d.fs
  rootDir: names
  transformers:
  - kind: io.l5d.localhost
routers:
- protocol: http
  interpreter:
    kind: io.l5d.fs
    dtabFile: routes.dtab
  servers:
  - port: 0
`;
const said = (text: string) => serve((_, response) => response.end(text));

describe("names and routes in files, from an edit to a request [parity: interpreter-fs, namer-fs]", {
  timeout: 30_000,
}, () => {
  it("follow every edit, without a request that fails", async () => {
    await using one = await said("one");
    await using two = await said("two");
    await using folder = await TestFolder.make();
    const write = (name: string, text: string) => {
      writeFileSync(join(folder.path, "new"), text);
      renameSync(join(folder.path, "new"), join(folder.path, name));
    };
    mkdirSync(join(folder.path, "names"));
    await folder.write("names/web", `127.0.0.1 ${one.port}\n203.0.113.1 80 # not of this machine\n`);
    await folder.write("names/spare", `127.0.0.1 ${two.port}\n`);
    await folder.write("routes.dtab", "/svc => /#/io.l5d.fs ;");
    await using proxy = await TestProxy.start(config, folder.path);

    const answers: string[] = [];
    let over = false;
    const client = (async () => {
      while (!over) {
        const { status, body } = await proxy.get("web");
        answers.push(status === 200 ? body : `${status} ${body}`);
      }
    })();
    const from = async (expected: string) => {
      const start = answers.length;
      await until(() => answers.slice(start).includes(expected), { what: expected, timeoutMs: 10_000 });
    };
    await from("one");
    write("names/web", `127.0.0.1 ${two.port}\n`);
    await from("two");
    write("names/web", `127.0.0.1 ${one.port}\n`);
    await from("one");
    write("routes.dtab", "/svc => /#/io.l5d.fs ; /svc/web => /#/io.l5d.fs/spare ;");
    await from("two");
    write("routes.dtab", "/svc => what?");
    write("routes.dtab", "/svc => /#/io.l5d.fs ; /svc/web => /#/io.l5d.fs/web | /#/io.l5d.fs/spare ;");
    await from("one");
    rmSync(join(folder.path, "names/web"));
    await from("two");
    over = true;
    await client;
    expect(new Set(answers)).toEqual(new Set(["one", "two"]));

    expect(await proxy.admin("/bound-names.json")).toEqual(["/#/io.l5d.fs/spare"]);
    expect(await proxy.admin("/http/interpreter_state/io.l5d.fs.json")).toMatchObject({
      file: join(folder.path, "routes.dtab"),
      freshness: { state: "live" },
    });
    expect(await proxy.admin("/http/interpreter_state/io.l5d.consul.json")).toMatchObject({ code: "NOT_FOUND" });
  });
});
