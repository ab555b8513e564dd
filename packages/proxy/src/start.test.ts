import { createRegistry, loadConfig } from "@namerkit/config";
import {
  Activity,
  Addr,
  corePlugins,
  defineNamer,
  type MutableVar,
  Name,
  NameTree,
  type Plugin,
  type PluginEnv,
  Var,
} from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, RawServer, until } from "../test/kit.js";
import { proxyPlugins } from "./plugins.js";
import { startProxy } from "./start.js";

/** A catalogue that a test turns by hand. */
function catalogue(addr: MutableVar<Addr>): Plugin {
  return defineNamer({
    kind: "x.catalogue",
    create: (_config, { prefix }) => ({
      lookup: (path) => Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr))),
    }),
  }) as Plugin;
}

async function started(addr: MutableVar<Addr>, router: string) {
  const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins, catalogue(addr)] });
  const text = `admin: { port: 0 }
namers:
- kind: x.catalogue
routers:
- protocol: http
  label: out
  servers: [{ port: 0 }]
${router}`;
  const { plan, problems } = await loadConfig({ text, file: "test.yaml", baseDir: "." }, registry);
  expect(problems).toEqual([]);
  if (plan === undefined) throw new Error("no plan");
  const proxy = await startProxy(plan);
  return { proxy, port: proxy.servers[0]?.port ?? 0, [Symbol.dispose]: () => proxy.close() };
}

describe("a proxy started from a configuration", () => {
  it("gives its namers the resolver and the files that it is given, and no others", async () => {
    const envs: PluginEnv[] = [];
    const plugin = defineNamer({
      kind: "x.nosy",
      create: (_config, env) => {
        envs.push(env);
        return { lookup: () => Activity.pending };
      },
    }) as Plugin;
    const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins, plugin] });
    const text = `admin: { port: 0 }
namers: [{ kind: x.nosy }]
routers: [{ protocol: http, servers: [{ port: 0 }], dtab: /svc => /#/x.nosy }]
`;
    const { plan, problems } = await loadConfig({ text, file: "test.yaml", baseDir: "." }, registry);
    if (plan === undefined) throw new Error(JSON.stringify(problems));
    const given = { inet: () => Var.value(Addr.neg), files: { read: async () => undefined, write: async () => {} } };
    (await startProxy(plan, given)).close();
    (await startProxy(plan)).close();
    expect(envs.map(({ inet, files }) => ({ inet, files }))).toEqual([given, { inet: undefined, files: undefined }]);
  });

  it("follows every change of the catalogue, and closes connections to an endpoint that left", async () => {
    await using one = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"));
    await using two = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"));
    const addr = Var.mutable<Addr>(Addr.bound([one.address]));
    using here = await started(addr, "  dtab: /svc => /#/x.catalogue");
    expect((await exchange(here.port, get())).text).toMatch(/one$/);
    addr.update(Addr.bound([two.address]));
    expect((await exchange(here.port, get())).text).toMatch(/two$/);
    await until(() => one.sockets.every((socket) => socket.closed));
    addr.update(Addr.bound([]));
    const empty = await exchange(here.port, get());
    expect(empty.text).toMatch(/^HTTP\/1\.1 502 /);
    expect(empty.text).toContain("service name: /svc/web");
    addr.update(Addr.bound([one.address, two.address]));
    expect((await exchange(here.port, get())).text).toMatch(/(?:one|two)$/);
    expect(here.proxy.updates().treeUpdates).toBe(1);
    expect(here.proxy.servers).toEqual([{ label: "out", host: "127.0.0.1", port: here.port }]);
  });

  it("uses the identifiers of the configuration, consumed segments and residual included", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const addr = Var.mutable<Addr>(Addr.bound([back.address]));
    const router = "  dtab: /svc => /#/x.catalogue\n  identifier: { kind: io.l5d.path, segments: 2, consume: true }";
    using here = await started(addr, router);
    const { text } = await exchange(here.port, get("/web/v1/users?all"));
    expect(text).toMatch(/ok$/);
    expect(back.all).toMatch(/^GET \/users\?all HTTP\/1\.1\r\n/);
    expect(back.all).toContain("l5d-dst-client: /#/x.catalogue/web\r\n");
    expect(back.all).toContain("l5d-dst-residual: /v1\r\n");
  });

  it("moves nobody who is being served when its endpoint leaves [parity: new-endpoints]", async () => {
    let finish = () => {};
    await using back = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
      finish = () => socket.write("def");
    });
    const addr = Var.mutable<Addr>(Addr.bound([back.address]));
    using here = await started(addr, "  dtab: /svc => /#/x.catalogue");
    const answer = exchange(here.port, get());
    await until(() => back.all !== "");
    addr.update(Addr.neg);
    await new Promise((resolve) => setTimeout(resolve, 50));
    finish();
    expect((await answer).text).toMatch(/abcdef$/);
    await until(() => back.sockets.every((socket) => socket.closed));
  });
});
