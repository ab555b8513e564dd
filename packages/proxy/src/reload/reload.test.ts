import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { exchange, get, RawServer, until } from "../../test/kit.js";
import { ask, CountingClock, config, endpoint, freePort, keepAlive, reloading } from "../../test/reloading.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

describe("a reload [parity: reload]", () => {
  it("lets a request finish by the rules it began with, and the next on the same connection go by the new ones", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    await using here = await reloading(config({ to: one.port }));
    using agent = keepAlive();
    using other = keepAlive();
    expect(await ask(here.port, agent)).toBe("200 one");
    const slow = ask(here.port, other, "/slow");
    await until(() => one.held.length === 1);
    const outcome = await here.proxy.reload(await here.planOf(config({ to: two.port })));
    expect(outcome).toEqual({
      ok: true,
      routers: { kept: [], replaced: ["out"], added: [], removed: [] },
      namers: { kept: ["/#/x.ports"], replaced: [], added: [], removed: [] },
      telemeters: { kept: [], replaced: [], added: [], removed: [] },
      warnings: [],
    });
    expect(await ask(here.port, agent)).toBe("200 two");
    one.held[0]?.();
    expect(await slow).toBe("200 one");
    // The generation before it ends with its last request.
    await until(() => here.catalogue.watching === 1);
    expect(await ask(here.port, other)).toBe("200 two");
    expect(here.metrics.snapshot()[`rt/out/server/127.0.0.1/${here.port}/connects`]).toBe(2);
  });

  it("drops nothing at full rate through twenty of them, good ones and bad ones", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    const [first, second] = [await freePort(), await freePort()];
    const text = (to: number, ports: number[], namer = "{ kind: x.ports }") =>
      config({ to, namer, server: ports.map((port) => `{ port: ${port} }`).join(", ") });
    await using here = await reloading(text(one.port, [first]));
    const wrong: string[] = [];
    let answered = 0;
    let over = false;
    const client = async (fresh: boolean) => {
      using agent = keepAlive();
      while (!over) {
        const answer = await ask(first, fresh ? false : agent);
        answered++;
        if (answer !== "200 one" && answer !== "200 two") wrong.push(answer);
      }
    };
    const clients = [false, false, false, true, true].map(client);
    const texts = [
      text(two.port, [first]),
      text(two.port, [first]).replace(`port: ${first}`, `port: ${first}, socketOptions: { noDelay: false }`),
      text(two.port, [first, second]),
      "routers: [",
      text(one.port, [first, second]),
      text(one.port, [first]),
      text(one.port, [first], "{ kind: x.ports, name: again }"),
      text(one.port, [first], "{ kind: x.ports, name: broken }"),
      text(two.port, [first], "{ kind: x.ports, name: again }, { kind: x.ports, prefix: /more }"),
      text(one.port, [first, here.proxy.admin.port]),
    ];
    const outcomes: boolean[] = [];
    for (const next of [...texts, ...texts]) {
      here.file.text = next;
      const before = answered;
      outcomes.push((await here.proxy.reload()).ok);
      await until(() => answered >= before + 20);
    }
    over = true;
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    const ten = [true, true, true, false, true, true, true, false, true, false];
    expect(outcomes).toEqual([...ten, ...ten]);
    expect(here.metrics.snapshot()).toMatchObject({ "config/reload/ok": 14, "config/reload/failed": 6 });
    expect(here.metrics.snapshot()[`rt/out/server/127.0.0.1/${first}/requests`]).toBe(answered);
    expect(here.metrics.snapshot()["rt/out/service/svc/web/requests"]).toBe(answered);
  });

  it("keeps namers with their watches, and ends those that have changed when nobody goes by them any more", async () => {
    await using one = await endpoint("one");
    const namers = (second: string) => `{ kind: x.ports }, { kind: x.ports, prefix: /b, name: ${second} }`;
    await using here = await reloading(config({ to: one.port, namer: namers("b1") }));
    await ask(here.port);
    const slow = ask(here.port, false, "/slow");
    await until(() => one.held.length === 1);
    const outcome = await here.proxy.reload(await here.planOf(config({ to: one.port, namer: namers("b2") })));
    expect(outcome).toMatchObject({ ok: true, namers: { kept: ["/#/x.ports"], replaced: ["/#/b"] } });
    expect(here.catalogue.made).toEqual(["b1", "one", "b2"]);
    expect(here.catalogue.ended).toEqual([]);
    one.held[0]?.();
    expect(await slow).toBe("200 one");
    await until(() => here.catalogue.ended.length === 1);
    expect(here.catalogue.ended).toEqual(["b1"]);
    here.proxy.close();
    expect(here.catalogue.ended.toSorted()).toEqual(["b1", "b2", "one"]);
  });

  it("lets a telemeter that has changed say its last after the last request that it is to hear of", async () => {
    await using one = await endpoint("one");
    const text = (...names: string[]) =>
      `${config({ to: one.port })}telemetry: [${names.map((name) => `{ kind: x.teller, name: ${name} }`).join(", ")}]\n`;
    await using here = await reloading(text("stays", "goes"));
    const slow = ask(here.port, false, "/slow");
    await until(() => one.held.length === 1);
    const outcome = await here.proxy.reload(await here.planOf(text("stays", "comes")));
    expect(outcome).toMatchObject({ ok: true, telemeters: { kept: ["x.teller"], replaced: ["x.teller"] } });
    await ask(here.port, false, "/next");
    one.held[0]?.();
    await slow;
    await until(() => here.catalogue.told.includes("goes closed"));
    const told = (who: string) => here.catalogue.told.filter((line) => line.startsWith(who));
    expect(told("stays")).toEqual(["stays /next", "stays /slow"]);
    expect(told("goes")).toEqual(["goes /slow", "goes drained", "goes closed"]);
    expect(told("comes")).toEqual(["comes /next"]);
  });

  it("writes on in the same access log, and in another one from the next request on", async () => {
    await using one = await endpoint("one");
    const folder = await mkdtemp(join(tmpdir(), "namerkit-reload-"));
    try {
      const text = (file: string, timeout: number) =>
        config({ to: one.port, more: `  httpAccessLog: ${join(folder, file)}\n  bindingTimeoutMs: ${timeout}\n` });
      await using here = await reloading(text("a.log", 1_000));
      await ask(here.port, false, "/1");
      expect((await here.proxy.reload(await here.planOf(text("a.log", 2_000)))).ok).toBe(true);
      await ask(here.port, false, "/2");
      expect((await here.proxy.reload(await here.planOf(text("b.log", 2_000)))).ok).toBe(true);
      await ask(here.port, false, "/3");
      await here.proxy.drain();
      const targets = async (file: string) => (await readFile(join(folder, file), "utf8")).match(/\/\d(?= HTTP)/g);
      expect([await targets("a.log"), await targets("b.log")]).toEqual([["/1", "/2"], ["/3"]]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("leaves routers alone that say the same, with their connections to endpoints", async () => {
    await using one = await endpoint("one");
    const more = (dtab: string) => `- { protocol: http, label: in, dtab: ${dtab}, servers: [{ port: 0 }] }\n`;
    await using here = await reloading(config({ to: one.port, more: more("/svc => /a") }));
    expect(await ask(here.port)).toBe("200 one");
    const outcome = await here.proxy.reload(await here.planOf(config({ to: one.port, more: more("/svc => /b") })));
    expect(outcome).toMatchObject({ ok: true, routers: { kept: ["out"], replaced: ["in"], added: [], removed: [] } });
    expect(await ask(here.port)).toBe("200 one");
    expect(here.catalogue.watched).toHaveLength(1);
    expect(here.metrics.snapshot()[`rt/out/client/#/x.ports/${one.port}/connects`]).toBe(1);
    const gone = await here.proxy.reload(await here.planOf(config({ to: one.port })));
    expect(gone).toMatchObject({ routers: { kept: ["out"], removed: ["in"] } });
    expect(here.proxy.servers).toHaveLength(1);
    expect(here.catalogue.watched).toHaveLength(1);
  });

  it("joins who asks while another waits, and does one after the other", async () => {
    await using here = await reloading(config({}));
    const first = here.proxy.reload();
    await until(() => here.file.reads === 1);
    const [second, third] = [here.proxy.reload(), here.proxy.reload()];
    expect(third).toBe(second);
    expect((await Promise.all([first, second, third])).map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(here.file.reads).toBe(2);
    expect(here.metrics.snapshot()).toMatchObject({ "config/reload/ok": 2, "config/reload/failed": 0 });
  });

  it("tells every problem of the file with its place, and what only a restart changes", async () => {
    await using here = await reloading(config({}));
    here.file.text = `${config({})}  nonsense: 1\n`;
    const bad = await here.proxy.reload();
    expect(bad).toMatchObject({
      ok: false,
      problems: [{ file: "test.yaml", path: "routers.0.nonsense", code: "CONFIG_UNKNOWN_KEY", col: 3 }],
    });
    expect(here.log.lines.some(({ level, message }) => level === "error" && message.includes("nonsense"))).toBe(true);
    here.file.text = config({ admin: ", ip: 127.0.0.2" });
    expect(await here.proxy.reload()).toMatchObject({ ok: true, warnings: [expect.stringContaining("admin.ip")] });
  });

  it("cuts what goes on for longer than shutdownGraceMs, and counts it", async () => {
    await using one = await endpoint("one");
    await using tunnel = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    });
    const admin = ", shutdownGraceMs: 200";
    await using here = await reloading(config({ to: one.port, admin }));
    const slow = ask(here.port, false, "/slow");
    await until(() => one.held.length === 1);
    await here.proxy.reload(await here.planOf(config({ to: tunnel.address.port, admin })));
    expect(await slow).toMatch(/^503 a reload has replaced the router/);
    const upgraded = exchange(
      here.port,
      get("/", ["Upgrade: echo"]).replace("Connection: close", "Connection: Upgrade"),
    );
    await until(() => tunnel.sockets.length === 1);
    await here.proxy.reload(await here.planOf(config({ to: one.port, admin })));
    expect((await upgraded).text).toMatch(/^HTTP\/1\.1 101 /);
    await until(() => here.metrics.snapshot()["config/reload/cut"] === 2);
    await until(() => here.catalogue.watching === 0);
    expect(await ask(here.port)).toBe("200 one");
  });

  it("leaves nothing behind: fifty are as one", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    const [port, extra] = [await freePort(), await freePort()];
    const text = (i: number) =>
      config({
        to: i % 2 === 0 ? one.port : two.port,
        namer: `{ kind: x.ports }, { kind: x.ports, prefix: /n, name: n${i % 3} }`,
        server: `{ port: ${port}, socketOptions: { noDelay: ${i % 4 < 2} } }${i % 5 === 0 ? `, { port: ${extra} }` : ""}`,
        more: "telemetry: [{ kind: io.l5d.prometheus }]\n",
      });
    const clock = new CountingClock();
    await using here = await reloading(text(0), { clock });
    const round = async (i: number) => {
      expect((await here.proxy.reload(await here.planOf(text(i)))).ok).toBe(true);
      expect(await ask(port)).toMatch(/^200/);
    };
    const resources = () => {
      const counts: Record<string, number> = {};
      for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
      return { servers: counts.TCPServerWrap, sockets: counts.TCPSocketWrap ?? 0, watching: here.catalogue.watching };
    };
    for (let i = 1; i <= 10; i++) await round(i);
    await until(() => here.catalogue.watching === 1);
    const timers = clock.waiting;
    const settled = { servers: resources().servers, watching: 1 };
    const series = Object.keys(here.metrics.snapshot()).length;
    for (let i = 11; i <= 60; i++) await round(i);
    await until(() => here.catalogue.watching === 1);
    await until(() => resources().servers === settled.servers);
    expect(here.catalogue.made.length - here.catalogue.ended.length).toBe(2);
    await until(() => resources().sockets <= 8);
    await until(() => clock.waiting <= timers + 2);
    // One that stays, one of now, and perhaps one that has just gone.
    await until(() => {
      collectGarbage();
      return here.catalogue.alive.filter((namer) => namer.deref() !== undefined).length <= 3;
    });
    expect(Math.abs(Object.keys(here.metrics.snapshot()).length - series)).toBeLessThan(10);
  });
});
