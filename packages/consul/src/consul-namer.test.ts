import { NamerError, Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, fastClock, Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../test-support/entries.js";
import { TestConsul } from "../test-support/test-consul.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { consulNamer } from "./standalone.js";

const clock = fastClock(20);
const one = [entry("web", "10.0.0.1", 80, { tags: ["prod", "v1"] })];
const two = [...one, entry("web", "10.0.0.2", 80, { tags: ["prod", "v2"] })];

let consul: TestConsul;
const open: Seen[] = [];
let env = testEnv();
const namerWith = (more: ConsulOptions = {}) =>
  consulNamer({ ...consul.options, lingerMs: 0, ...more }, { ...env, clock });
const see = (path: string, more: ConsulOptions = {}, namer = namerWith(more)): Seen => {
  const seen = new Seen(namer, path);
  open.push(seen);
  return seen;
};
const questions = () => consul.server.requests.map(({ url }) => url.replace(/&?(index|wait)=[^&]*/g, ""));

beforeEach(async () => {
  env = testEnv({ prefix: Path.parse("/#/io.l5d.consul") });
  consul = await TestConsul.start(clock);
  consul.put("web", one);
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await consul[Symbol.asyncDispose]();
});

describe("names [parity: namer-consul]", () => {
  it("are bound to the instances in the catalogue, and follow them", async () => {
    const seen = see("/dc1/web");
    await seen.has("10.0.0.1:80");
    consul.put("web", two);
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    consul.put("web", []);
    await seen.is("neg");
    consul.put("web", one);
    await seen.has("10.0.0.1:80");
    expect(seen.inner.size).toBe(1);
  });

  it("have canonical ids, and what follows them is the residual", async () => {
    const namer = namerWith();
    const [a, b] = [see("/dc1/WEB/a/b", {}, namer), see("/dc1/Web", {}, namer)];
    await a.has("10.0.0.1:80");
    await b.has("10.0.0.1:80");
    expect(a.tree).toBe("/#/io.l5d.consul/dc1/web + /a/b");
    expect(b.tree).toBe("/#/io.l5d.consul/dc1/web");
    await until(() => consul.held === 1);
    expect(questions().filter((url) => url === "/v1/catalog/service/web?dc=dc1")).toHaveLength(2);
  });

  it("have a tag where the configuration says so, and several where it splits them", async () => {
    consul.put("web", two);
    await see("/dc1/V2/Web", { includeTag: true }).has("10.0.0.2:80");
    await see("/dc1/prod:V1/web", { includeTag: true, tagSeparator: ":" }).has("10.0.0.1:80");
    await see("/dc1/web", { tags: ["prod", "v2"] }).has("10.0.0.2:80");
    expect(open[1]?.tree).toBe("/#/io.l5d.consul/dc1/prod:v1/web");
    await see("/dc1/v3/web", { includeTag: true }).is("neg");
  });

  it("ask the agent for its own datacenter without knowing which that is", async () => {
    await see("/.local/web").has("10.0.0.1:80");
    expect(questions()[0]).toBe("/v1/catalog/service/web");
    expect(questions()).not.toContain("/v1/agent/self");
  });

  it("may hold any characters", async () => {
    consul.put("web service/é?#&", [entry("Web Service/É?#&", "10.0.0.1", 80)]);
    const path = Path.of("dc1", "Web Service/é?#&").show();
    await see(path).has("10.0.0.1:80");
    expect(questions()[0]).toBe("/v1/catalog/service/web%20service%2F%C3%A9%3F%23%26?dc=dc1");
  });

  it("that the API has no room for are Neg without a question", async () => {
    for (const path of ["/dc1", "/dc1/..", "/dc1/."]) await see(path).is("neg");
    expect(consul.server.requestCount).toBe(0);
  });

  it("with host names among their addresses are resolved", async () => {
    consul.put("web", [entry("web", "localhost", 80)]);
    const seen = see("/dc1/web");
    await until(() => seen.addresses.some((one) => one.endsWith(":80")));
  });

  it("of prepared queries are asked anew all the time, and are Neg where there is no such query", async () => {
    consul.fake.query("nearest", { service: "web" });
    const seen = see("/dc1/Nearest", { preparedQueries: true, queryIntervalMs: 500 });
    await seen.has("10.0.0.1:80");
    consul.put("web", two);
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    consul.fake.query("nearest", undefined);
    await seen.is("neg");
    expect(consul.held).toBe(0);
  });
});

describe("what is told beside addresses", () => {
  it("is the authority, with setHost", async () => {
    consul.saysOfItself({ Config: { Datacenter: "dc1" }, DebugConfig: { DNSDomain: "acme.example." } });
    const seen = see("/.local/Web", { setHost: true });
    await seen.has("10.0.0.1:80");
    expect(seen.addrs.at(-1)).toMatchObject({ meta: { authority: "web.service.dc1.acme.example" } });
  });

  it("is the authority as far as it is known, where the agent does not speak", async () => {
    const { server } = consul;
    consul.port.fault = ({ url }) => (url.startsWith("/v1/agent") ? forbidden : undefined);
    const seen = see("/.local/web", { setHost: true });
    await seen.has("10.0.0.1:80");
    expect(seen.addrs.at(-1)).toMatchObject({ meta: { authority: "web.service.consul" } });
    // It is asked again, and with the next answer the name has it.
    consul.port.fault = undefined;
    await until(() => server.requests.filter(({ url }) => url.startsWith("/v1/agent/self")).length > 1);
    consul.touch();
    await until(() => JSON.stringify(seen.addrs.at(-1)).includes("web.service.dc1.consul"));
    expect(seen.inner.size).toBe(1);
  });

  it("is what all services have in common, with transferMetadata", async () => {
    consul.put("web", [
      entry("web", "10.0.0.1", 80, { meta: { team: "a", n: "1" }, nodeMeta: { rack: "r1" } }),
      entry("web", "10.0.0.2", 80, { node: "node2", meta: { team: "a", n: "2" } }),
    ]);
    const seen = see("/dc1/web", { transferMetadata: true });
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    const [addr] = seen.addrs.slice(-1);
    expect(addr).toMatchObject({ meta: { team: "a" } });
    expect(JSON.stringify(addr)).toContain('"rack":"r1"');
  });
});

describe("remoteAddresses: wan", () => {
  const wan = { TaggedAddresses: { wan: { Address: "203.0.113.1", Port: 8080 } } };
  beforeEach(() => {
    const web = [entry("web", "10.0.0.1", 80, { more: wan })];
    consul.put("web", web);
    consul.put("web", web, consul.join("dc2"));
  });

  it("is for other datacenters only", async () => {
    await see("/dc2/web", { remoteAddresses: "wan" }).has("203.0.113.1:8080");
    await see("/dc1/web", { remoteAddresses: "wan" }).has("10.0.0.1:80");
    await see("/.local/web", { remoteAddresses: "wan" }).has("10.0.0.1:80");
    await see("/dc2/web").has("10.0.0.1:80");
  });

  it("gives no address before it is known which datacenter is the own one", async () => {
    consul.port.fault = ({ url }) => (url.startsWith("/v1/agent") ? forbidden : undefined);
    const seen = see("/dc2/web", { remoteAddresses: "wan" });
    await seen.is(/^failed/);
    expect(seen.error).toContain("/v1/agent/self");
    consul.port.fault = undefined;
    await seen.has("203.0.113.1:8080");
  });
});

describe("enumeration", () => {
  it("lists the services of all datacenters, and follows", async () => {
    consul.put("web", one, consul.join("dc2"));
    const listed: string[][] = [];
    const handle = namerWith()
      .enumerate?.()
      .run.observe((state) => state.status === "ok" && listed.push(state.value.map((path) => path.show())));
    await until(() => String(listed.at(-1)) === "/dc1/consul,/dc1/web,/dc2/consul,/dc2/web");
    consul.put("API", [entry("API", "10.0.0.1", 80)]);
    await until(() => listed.at(-1)?.includes("/dc1/api"));
    handle?.close();
  });

  it("lists each with its tags where names have them", async () => {
    let listed = "";
    const namer = namerWith({ includeTag: true });
    const handle = namer.enumerate?.().run.observe((state) => {
      if (state.status === "ok") listed = state.value.map((path) => path.show()).join(" ");
    });
    await until(() => listed === "/dc1/prod/web /dc1/v1/web");
    handle?.close();
  });

  it("keeps what it knew of a datacenter that is out of reach, and tells of the others", async () => {
    consul.put("web", one, consul.join("dc2"));
    let listed = "";
    const handle = namerWith()
      .enumerate?.()
      .run.observe((state) => {
        if (state.status === "ok") listed = state.value.map((path) => path.show()).join(" ");
      });
    await until(() => listed === "/dc1/consul /dc1/web /dc2/consul /dc2/web");
    consul.port.fault = ({ url }) => (url.includes("dc=dc2") ? unreachable : undefined);
    consul.put("api", [entry("api", "10.0.1.1", 80)]);
    await until(() => listed === "/dc1/api /dc1/consul /dc1/web /dc2/consul /dc2/web", { what: "the new one" });
    handle?.close();
  });

  it("is nothing that a name depends on", async () => {
    consul.port.fault = ({ url }) => (/datacenters|services/.test(url) ? forbidden : undefined);
    const namer = namerWith();
    const seen = see("/dc1/web", {}, namer);
    await seen.has("10.0.0.1:80");
    let failed: unknown;
    const handle = namer.enumerate?.().run.observe((state) => {
      if (state.status === "failed") failed = state.error;
    });
    await until(() => failed instanceof NamerError);
    handle?.close();
    expect(seen.tree).toBe("/#/io.l5d.consul/dc1/web");
  });
});

describe("state and metrics", () => {
  it("has Linkerd's shape, and freshness", async () => {
    const namer = namerWith({ token: "5e0c9f3a" });
    const seen = see("/dc1/web/rest", {}, namer);
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    const state = (namer.state?.() ?? {}) as Record<string, unknown>;
    const { index } = consul.fake;
    expect(state["/dc1/web"]).toMatchObject({
      state: { running: true, value: { type: "bound", addrs: [{ ip: "10.0.0.1", port: 80 }] } },
      poll: {
        request: expect.stringMatching(`^GET http:.*catalog/service/web\\?dc=dc1&index=${index}&wait=60000ms`),
        lastRequestAt: expect.any(String),
        response: {
          value: [
            {
              Node: "node1",
              ServiceName: "web",
              ServiceAddress: "10.0.0.1",
              ServicePort: 80,
              ServiceTags: ["prod", "v1"],
            },
          ],
          index: String(index),
          knownLeader: "true",
          lastContact: "0",
        },
        lastResponseAt: expect.any(String),
      },
      freshness: { state: "live", counters: { updates: 1 } },
    });
    expect(state.consul).toMatchObject({
      agents: [{ inUse: true }],
      self: { known: false, domain: "consul" },
      parked: 1,
    });
    expect(JSON.stringify(state)).not.toContain("5e0c9f3a");
  });

  it("says what went wrong instead of the answer before", async () => {
    const namer = namerWith();
    const seen = see("/dc1/web", {}, namer);
    await seen.has("10.0.0.1:80");
    consul.port.fault = () => unreachable;
    consul.touch();
    await until(() => seen.status?.state === "stale");
    const poll = () =>
      (namer.state?.() as Record<string, { poll: Record<string, unknown> }> | undefined)?.["/dc1/web"]?.poll;
    expect(poll()).toMatchObject({ error: expect.stringContaining("connection refused") });
    expect(poll()).not.toHaveProperty("response");
  });

  it("forgets names that nobody observes any more", async () => {
    const namer = namerWith();
    const seen = see("/dc1/web", {}, namer);
    await seen.has("10.0.0.1:80");
    seen.close();
    await until(() => !Object.keys(namer.state?.() ?? {}).includes("/dc1/web"));
  });

  it("counts by Linkerd's names, once below the prefix", async () => {
    const namer = namerWith();
    const [a, b] = [see("/dc1/web/a", {}, namer), see("/dc1/web/b", {}, namer)];
    await a.has("10.0.0.1:80");
    await b.has("10.0.0.1:80");
    consul.put("web", two);
    await a.has("10.0.0.1:80", "10.0.0.2:80");
    expect(env.metrics.snapshot()).toMatchObject({
      lookups: 2,
      "service/opens": 1,
      "service/cached": 1,
      "service/updates": 2,
      "service/watches": 1,
      "service/addresses": 2,
    });
    a.close();
    b.close();
    await until(() => env.metrics.snapshot()["service/closes"] === 1);
  });
});

const forbidden = answer("Permission denied", { status: 403 });
const unreachable = answer("rpc error getting client: failed to get conn: dial tcp 10.0.0.9:8300: connection refused", {
  status: 500,
});
