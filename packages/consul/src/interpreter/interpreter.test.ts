import { Dtab, NameTree, Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, type Behaviour, fastClock, html, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestConsul } from "../../test-support/test-consul.js";
import { type ConsulInterpreterOptions, checkInterpreterOptions } from "../config/interpreter-config.js";
import { type ConsulInterpreter, createConsulInterpreter } from "./consul-interpreter.js";

const KEY = "namerd/dtabs/default";
const clock = fastClock(20);
const inet = () => {
  throw new Error("nobody is resolved here");
};

let consul: TestConsul;
let env = testEnv();
beforeEach(async () => {
  env = testEnv();
  consul = await TestConsul.start(clock);
});
afterEach(() => consul[Symbol.asyncDispose]());

const make = (options: ConsulInterpreterOptions = {}): ConsulInterpreter =>
  createConsulInterpreter(checkInterpreterOptions({ ...consul.options, lingerMs: 0, ...options }), {
    ...env,
    clock,
    inet,
    namers: [],
  });

/** What /svc/web comes to, each time it is something else. */
function see(interpreter: ConsulInterpreter, dtab = Dtab.empty) {
  const seen: string[] = [];
  const handle = interpreter.bind(dtab, Path.parse("/svc/web")).run.observe((state) => {
    if (state.status !== "ok") seen.push(state.status === "failed" ? state.error.message : state.status);
    else
      seen.push(
        NameTree.leaves(state.value)
          .map((name) => name.id.show())
          .join(" ") || state.value.type,
      );
  });
  return { seen, last: () => seen.at(-1), [Symbol.dispose]: () => handle.close() };
}
const at = (port: number) => `/$/inet/127.0.0.1/${port}`;

describe("a dtab in Consul [parity: interpreter-consul]", () => {
  it("is bound by, and followed", async () => {
    consul.putKey(KEY, `/svc/web => ${at(1)} ;`);
    using web = see(make());
    await until(() => web.last() === at(1));
    consul.putKey(KEY, `/svc/web => ${at(2)} ;`);
    await until(() => web.last() === at(2));
    expect(web.seen).toEqual(["pending", at(1), at(2)]);
  });

  it("comes before that of the router and of the request, which win", async () => {
    consul.putKey(KEY, `/svc => ${at(1)} ;`);
    using web = see(make(), Dtab.parse(`/svc/web => ${at(2)}`));
    await until(() => web.last() === at(2));
  });

  it("is under the prefix and namespace, of the datacenter", async () => {
    consul.join("dc2").put("a b/c/my/ns", `/svc/web => ${at(1)}`);
    using web = see(make({ pathPrefix: "/a\\x20b/c", namespace: "my/ns", datacenter: "dc2", token: "t0ken" }));
    await until(() => consul.server.requestCount > 0);
    expect(consul.server.requests[0]?.url).toBe("/v1/kv/a%20b/c/my%2Fns?raw&dc=dc2");
    expect(consul.server.requests[0]?.headers["x-consul-token"]).toBe("t0ken");
    await until(() => web.last() === at(1));
  });

  it("that is not there is empty, until it is there", async () => {
    using web = see(make(), Dtab.parse(`/svc => ${at(9)}`));
    await until(() => web.last() === at(9));
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    // The router's own entry comes first, here as there.
    await until(() => consul.held === 1);
    using own = see(make());
    await until(() => own.last() === at(1));
    consul.putKey(KEY, undefined);
    await until(() => own.last() === "neg");
  });

  it("that is none keeps the old one, says where it is wrong, and is not read again before it is another", async () => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make();
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    consul.putKey(KEY, `/svc/web => ${at(2)} ;\n/svc => not a path`);
    const freshness = () =>
      (interpreter.state() as { freshness?: { state: string; lastError?: { message: string } } }).freshness;
    await until(() => freshness()?.state === "stale");
    expect(freshness()?.lastError?.message).toMatch(/^consul:namerd\/dtabs\/default:2:9: /);
    expect(env.log.lines.some(({ message }) => message.includes("default:2:9"))).toBe(true);
    await until(() => consul.held === 1);
    const before = consul.server.requestCount;
    await clock.sleep(20_000);
    expect(consul.server.requestCount).toBe(before);
    expect(web.last()).toBe(at(1));
    consul.putKey(KEY, `/svc/web => ${at(3)}`);
    await until(() => web.last() === at(3));
    expect(freshness()?.state).toBe("live");
  });

  it("that is none from the start is Failed at once", async () => {
    consul.putKey(KEY, "what?");
    using web = see(make());
    await until(() => web.last()?.startsWith("consul:namerd/dtabs/default:1:1: "));
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    await until(() => web.last() === at(1));
  });

  it.each([
    [403, "Permission denied"],
    [500, "No cluster leader"],
    [500, "No path to datacenter"],
  ])("stays through %d %s", async (status, text) => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make();
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    consul.port.fault = () => answer(text, { status, headers: { "x-consul-index": "1" } });
    consul.touch();
    await until(() => JSON.stringify(interpreter.state()).includes(text));
    consul.putKey(KEY, `/svc/web => ${at(2)}`);
    await clock.sleep(1_000);
    expect(web.last()).toBe(at(1));
    consul.port.fault = undefined;
    await until(() => web.last() === at(2));
  });

  it("is not gone because a server without a leader says so", async () => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make();
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    consul.fake.faults = { knownLeader: false };
    consul.putKey(KEY, undefined);
    await until(() => JSON.stringify(interpreter.state()).includes("the key is not there"));
    expect(web.last()).toBe(at(1));
    consul.fake.faults = {};
    await until(() => web.last() === "neg");
  });

  it.each<[string, Behaviour]>([
    ["a page that is missing", html(404)],
    ["a 404 that says nothing", answer("", { status: 404 })],
    ["nothing", answer("")],
    ["blanks", answer(" \n ")],
    ["no content", answer("", { status: 204, headers: { "x-consul-index": "99" } })],
    ["a part", answer(`/svc/web => ${at(6)}`, { status: 206, headers: { "x-consul-index": "99" } })],
    ["a page", html()],
    ["JSON", answer('[{"Key":"namerd/dtabs/default","Value":null}]', { headers: { "x-consul-index": "99" } })],
    ["bytes that are no UTF-8", answer(Buffer.from([0x2f, 0xff, 0x20, 0x3d, 0x3e, 0xfe]))],
    ["a megabyte of the same", answer("/a=>".repeat(250_000), { headers: { "x-consul-index": "99" } })],
    ["a megabyte of brackets", answer(`/a=>${"(".repeat(1e6)}`, { headers: { "x-consul-index": "99" } })],
    ["a redirect", answer("", { status: 301, headers: { location: "/v1/kv/other?raw" } })],
  ])("stays when somebody answers with %s", async (_, fault) => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make({ firstAnswerMs: 60_000 });
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    consul.server.behave(fault);
    consul.touch();
    await until(() => (interpreter.state() as { freshness?: { state: string } }).freshness?.state === "stale");
    await clock.sleep(5_000);
    expect(web.seen).toEqual(["pending", at(1)]);
    expect(JSON.stringify(interpreter.state()).length).toBeLessThan(5_000);
    consul.port.heal();
    consul.putKey(KEY, `/svc/web => ${at(2)}`);
    await until(() => web.last() === at(2));
  });

  it("is empty where a key is, and says so itself", async () => {
    consul.putKey(KEY, "");
    using web = see(make());
    await until(() => web.last() === "neg");
  });

  it("is let go of with the last binding", async () => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make({ backoff: { kind: "constant" } });
    const web = see(interpreter);
    await until(() => consul.held === 1);
    web[Symbol.dispose]();
    await until(() => consul.server.openConnections === 0);
  });

  it("with a constant back-off of nothing, Linkerd's default, is no busy loop", async () => {
    consul.port.fault = () => answer("broken", { status: 500 });
    using web = see(make({ backoff: { kind: "constant", ms: 0 } }));
    await clock.sleep(10_000);
    expect(web.last()).toContain("status 500");
    expect(consul.server.requestCount).toBeLessThan(400);
  });

  it("is shown in the state, without the token", async () => {
    consul.putKey(KEY, `/svc/web => ${at(1)}`);
    const interpreter = make({ token: "t0ken" });
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    expect(interpreter.state()).toMatchObject({ key: "consul:namerd/dtabs/default", dtab: `/svc/web=>${at(1)}` });
    expect(JSON.stringify(interpreter.state())).not.toContain("t0ken");
    const tree = await interpreter.delegate(Dtab.empty, Path.parse("/svc/web"));
    expect(JSON.stringify(tree)).toContain("127.0.0.1");
  });
});
