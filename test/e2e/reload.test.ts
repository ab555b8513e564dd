import { rm } from "node:fs/promises";
import process from "node:process";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { ask, get, serve } from "../support/http.js";
import { namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const config = (to: number, more = "") => `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.1/${to}
  servers: [{ port: 0 }]
${more}`;

describe("a running proxy command [parity: reload]", { timeout: 120_000 }, () => {
  it("goes on with the configuration of now at SIGHUP and POST /admin/reload, and with the old one while that is bad", async () => {
    await using one = await serve((_, response) => void response.end("one"));
    await using two = await serve((_, response) => void response.end("two"));
    await using folder = await TestFolder.make();
    const file = await folder.write("linkerd.yaml", config(one.port));
    await using proxy = new TestProcess(process.execPath, [namerkitBin, "proxy", file]);
    const admin = Number((await proxy.match(/serving http admin on \/127\.0\.0\.1:(\d+)/))[1]);
    const port = Number((await proxy.match(/serving http on \/127\.0\.0\.1:(\d+)/))[1]);
    await proxy.match(/initialized/);
    const reloads = async (kind: "ok" | "failed") =>
      JSON.parse((await get(admin, "localhost", "/admin/metrics.json")).body)[`config/reload/${kind}`];
    const post = () => ask(new URL(`http://127.0.0.1:${admin}/`), { method: "POST", path: "/admin/reload" });
    const hangup = async (kind: "ok" | "failed") => {
      const before = await reloads(kind);
      proxy.signal("SIGHUP");
      await until(async () => (await reloads(kind)) > before, { timeoutMs: 30_000 });
    };
    expect((await get(port, "web")).body).toBe("one");

    await folder.write("linkerd.yaml", config(two.port));
    await hangup("ok");
    expect((await get(port, "web")).body).toBe("two");
    expect(JSON.parse((await get(admin, "localhost", "/config.json")).body).routers[0].dtab).toContain(`${two.port}`);

    await folder.write("linkerd.yaml", config(one.port));
    const good = await post();
    expect([good.status, JSON.parse(good.body)]).toEqual([
      200,
      expect.objectContaining({ ok: true, routers: { kept: [], replaced: ["http"], added: [], removed: [] } }),
    ]);
    expect((await get(port, "web")).body).toBe("one");

    await folder.write("linkerd.yaml", config(two.port, "  dtub: x\n"));
    const bad = await post();
    expect([bad.status, JSON.parse(bad.body)]).toEqual([
      422,
      {
        ok: false,
        problems: [
          {
            ...{ file, line: 7, col: 3, path: "routers.0.dtub", code: "CONFIG_UNKNOWN_KEY" },
            message: expect.any(String),
            hint: expect.stringContaining("dtab"),
          },
        ],
      },
    ]);
    await hangup("failed");
    expect(proxy.stderr).toContain("routers.0.dtub");

    await rm(file);
    const gone = await post();
    expect([gone.status, JSON.parse(gone.body).ok]).toEqual([422, false]);
    expect(gone.body).toContain("ENOENT");
    expect((await get(port, "web")).body).toBe("one");
    expect(JSON.parse((await get(admin, "localhost", "/config.json")).body).routers[0].dtab).toContain(`${one.port}`);

    proxy.signal("SIGTERM");
    expect((await proxy.end()).code).toBe(0);
  });

  it("has nothing to read anew where its configuration came from standard input", async () => {
    const input = config(1);
    await using proxy = new TestProcess(process.execPath, [namerkitBin, "proxy", "-"], { input });
    const admin = Number((await proxy.match(/serving http admin on \/127\.0\.0\.1:(\d+)/))[1]);
    const { status, body } = await ask(new URL(`http://127.0.0.1:${admin}/`), {
      method: "POST",
      path: "/admin/reload",
    });
    expect([status, JSON.parse(body).problems[0].code]).toEqual([422, "PROXY_RELOAD"]);
  });
});
