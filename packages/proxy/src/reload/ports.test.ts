import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get as secureGet } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testAuthority } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { get, RawServer, until } from "../../test/kit.js";
import { ask, config, endpoint, freePort, keepAlive, reloading } from "../../test/reloading.js";

describe("ports, over a reload", () => {
  it("changes nothing if a port is taken, and says which; opens new ones before it gives old ones up", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    await using taken = await RawServer.start(() => {});
    const next = await freePort();
    await using here = await reloading(config({ to: one.port }));
    const old = here.port;
    const server = `{ port: ${next} }, { port: ${taken.address.port} }`;
    expect(await here.proxy.reload(await here.planOf(config({ to: two.port, server })))).toEqual({
      ok: false,
      problems: [
        {
          path: "routers.0.servers.1",
          code: "PROXY_LISTEN",
          message: expect.stringContaining(`cannot listen on 127.0.0.1:${taken.address.port}`),
        },
      ],
    });
    expect(await ask(next)).toContain("ECONNREFUSED");
    expect(await ask(old)).toBe("200 one");
    expect(here.proxy.servers).toEqual([{ label: "out", host: "127.0.0.1", port: old }]);
    using idle = keepAlive();
    expect(await ask(old, idle)).toBe("200 one");
    const outcome = await here.proxy.reload(await here.planOf(config({ to: two.port, server: `{ port: ${next} }` })));
    expect(outcome.ok).toBe(true);
    expect(await ask(next)).toBe("200 two");
    await until(async () => (await ask(old)).includes("ECONNREFUSED"));
    expect(here.proxy.servers).toEqual([{ label: "out", host: "127.0.0.1", port: next }]);
  });

  it("answers the first request of who has just connected to a port that goes", async () => {
    await using one = await endpoint("one");
    const next = await freePort();
    await using here = await reloading(config({ to: one.port }));
    const socket = connect(here.port, "127.0.0.1");
    await once(socket, "connect");
    await until(() => Object.entries(here.metrics.snapshot()).some(([key, n]) => key.endsWith("/connects") && n === 1));
    const outcome = await here.proxy.reload(await here.planOf(config({ to: one.port, server: `{ port: ${next} }` })));
    expect(outcome.ok).toBe(true);
    socket.write(get());
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it("hands ports over from router to router, and to one of another name", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    const [first, second] = [await freePort(), await freePort()];
    const router = (label: string, to: number, port: number) =>
      `- { protocol: http, label: ${label}, dtab: /svc/web => /#/x.ports/${to}, servers: [{ port: ${port} }] }\n`;
    const text = (...routers: string[]) =>
      `admin: { port: 0 }\nnamers: [{ kind: x.ports }]\nrouters:\n${routers.join("")}`;
    await using here = await reloading(text(router("a", one.port, first), router("b", two.port, second)));
    using agent = keepAlive();
    using other = keepAlive();
    expect([await ask(first, agent), await ask(second, other)]).toEqual(["200 one", "200 two"]);
    const swapped = text(router("a", one.port, second), router("b", two.port, first));
    expect((await here.proxy.reload(await here.planOf(swapped))).ok).toBe(true);
    expect([await ask(first, agent), await ask(second, other)]).toEqual(["200 two", "200 one"]);
    const renamed = text(router("c", one.port, first), router("b", two.port, second));
    expect(await here.proxy.reload(await here.planOf(renamed))).toMatchObject({
      routers: { kept: [], replaced: ["b"], added: ["c"], removed: ["a"] },
    });
    expect([await ask(first, agent), await ask(second, other)]).toEqual(["200 one", "200 two"]);
    expect(here.metrics.snapshot()[`rt/c/server/127.0.0.1/${first}/requests`]).toBe(1);
    expect(here.metrics.snapshot()[`rt/b/server/127.0.0.1/${second}/requests`]).toBe(2);
  });

  it("takes over a port whose socket options have changed, without refusing a connection", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    const port = await freePort();
    await using here = await reloading(config({ to: one.port, server: `{ port: ${port} }` }));
    using agent = keepAlive();
    expect(await ask(port, agent)).toBe("200 one");
    const slow = ask(port, agent, "/slow");
    await until(() => one.held.length === 1);
    const server = `{ port: ${port}, socketOptions: { noDelay: false } }`;
    expect((await here.proxy.reload(await here.planOf(config({ to: two.port, server })))).ok).toBe(true);
    expect(await ask(port)).toBe("200 two");
    one.held[0]?.();
    expect(await slow).toBe("200 one");
    expect(await ask(port, agent)).toBe("200 two");
    expect((await here.proxy.reload(await here.planOf(config({ to: one.port, server })))).ok).toBe(true);
    expect(await ask(port, agent)).toBe("200 one");
    await here.proxy.drain();
    expect(await ask(port)).toContain("ECONNREFUSED");
  });

  it("turns a port to TLS while clients without it are being served; certificates that cannot be used change nothing", async () => {
    await using one = await endpoint("one");
    const folder = await mkdtemp(join(tmpdir(), "namerkit-reload-"));
    try {
      const authority = testAuthority();
      const pair = authority.issue({ names: ["web.internal"] });
      await writeFile(join(folder, "web.pem"), pair.cert);
      await writeFile(join(folder, "web.key"), pair.key);
      await writeFile(join(folder, "bad.key"), "no key");
      const port = await freePort();
      const tls = (key: string) =>
        `{ port: ${port}, tls: { certPath: ${join(folder, "web.pem")}, keyPath: ${join(folder, key)} } }`;
      await using here = await reloading(config({ to: one.port, server: `{ port: ${port} }` }));
      const slow = ask(port, false, "/slow");
      await until(() => one.held.length === 1);
      const bad = await here.proxy.reload(await here.planOf(config({ to: one.port, server: tls("bad.key") })));
      expect(bad).toMatchObject({ ok: false, problems: [{ path: "routers.0.servers.0", code: "PROXY_TLS_FILES" }] });
      expect(await ask(port)).toBe("200 one");
      const good = await here.proxy.reload(await here.planOf(config({ to: one.port, server: tls("web.key") })));
      expect(good).toMatchObject({ ok: true, warnings: [] });
      const secure = {
        host: "127.0.0.1",
        port,
        ca: authority.cert,
        servername: "web.internal",
        headers: { host: "web" },
      };
      const status = () =>
        new Promise((resolve, reject) => {
          secureGet({ ...secure, agent: false }, (response) => resolve(response.resume().statusCode)).on(
            "error",
            reject,
          );
        });
      expect(await status()).toBe(200);
      one.held[0]?.();
      expect(await slow).toBe("200 one");
      expect(await ask(port)).not.toContain("200");
      expect(
        (await here.proxy.reload(await here.planOf(config({ to: one.port, server: `{ port: ${port} }` })))).ok,
      ).toBe(true);
      expect(await ask(port)).toBe("200 one");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
