import { readdirSync, readFileSync } from "node:fs";
import { Addr, address, Dtab, Path, systemClock, Var } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { Seen, until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { afterEach, describe, expect, it } from "vitest";
import { checkInterpreterOptions } from "./config/interpreter-config.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { createConsulInterpreter } from "./interpreter/consul-interpreter.js";
import { consulNamer } from "./standalone.js";

/** An answer of a real Consul 1.8.7, to the letter. */
interface Recording {
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** The fake of @namerkit/testing is held against the same ones. */
const folder = new URL("../../testing/test-support/consul/fixtures/", import.meta.url);
const recordings = new Map<string, Recording>(
  readdirSync(folder).map((name) => [
    name.replace(/\.json$/, ""),
    JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Recording,
  ]),
);

function replay(name: string): Response {
  const recording = recordings.get(name);
  if (recording === undefined) throw new Error(`there is no recording ${name}`);
  const { status, headers, body } = recording.response;
  const { "Content-Length": _, "Transfer-Encoding": __, ...rest } = headers;
  return new HttpResponse(body, { status, headers: rest });
}

/** The name of the service that an answer is about; any other would not be an answer to it. */
function pathOf(name: string): string {
  const [, service = "web"] = /"Service(?:Name)?": ?"([^"]+)"/.exec(recordings.get(name)?.response.body ?? "") ?? [];
  return `/dc1/${service}`;
}

/** Consul as recorded: these answers one after the other, and then one that is held for ever. */
function env(...story: readonly string[]) {
  const asked: string[] = [];
  const handler = http.get("*", ({ request }) => {
    const { pathname, search } = new URL(request.url);
    // Asked beside an empty list, to know whether ACLs are on.
    if (pathname === "/v1/agent/self") return new HttpResponse("Permission denied", { status: 403 });
    asked.push(`${pathname}${search}`);
    const name = story[asked.length - 1];
    return name === undefined ? new Promise<never>(() => {}) : replay(name);
  });
  const dispatcher = mswDispatcher([handler]);
  const inet = () => Var.value(Addr.bound([address("192.0.2.3", 8103)]));
  return { asked, ...testEnv({ prefix: Path.parse("/#/c") }), clock: systemClock, dispatcher, inet };
}

const open: Seen[] = [];
afterEach(() => {
  for (const seen of open.splice(0)) seen.close();
});
function see(options: ConsulOptions, world: ReturnType<typeof env>, path = "/dc1/web"): Seen {
  const seen = new Seen(consulNamer({ firstAnswerMs: 50, ...options }, world), path);
  open.push(seen);
  return seen;
}

const health: ConsulOptions = { useHealthCheck: true };
const all: ConsulOptions = { ...health, healthStatuses: ["passing", "warning", "critical", "maintenance"] };
const [a, b, c, d] = ["127.0.0.2:8101", "127.0.0.3:8102", "192.0.2.3:8103", "127.0.0.5:8104"];
const nodes = [0, 1, 2, 3, 4].map((n) => `127.0.0.1${n}:800${n}`);

describe("recorded answers", () => {
  it.each<[string, ConsulOptions, readonly (string | undefined)[]]>([
    ["health-passing-first", health, [a, b]],
    ["health-blocking-change", health, [a, b, c]],
    ["health-all", health, [a, b]],
    ["health-all", all, [a, b, c, d]],
    ["health-all", { ...health, healthStatuses: ["passing", "warning"] }, [a, b, c]],
    ["health-all", { ...health, healthStatuses: ["critical"] }, [d]],
    ["health-passing-false", all, [a, b, c, d]],
    ["health-tag", health, [a]],
    ["filter", { ...health, filter: 'Service.Meta.version == "2"' }, [b]],
    ["near-agent", { ...health, near: "_agent" }, [a, b, c]],
    ["stale", { ...health, consistencyMode: "stale" }, [a, b, c]],
    ["consistent", { ...health, consistencyMode: "consistent" }, [a, b, c]],
    ["cached-hit", health, [a, b, c]],
    ["keep-health-compact", health, nodes],
    ["keep-after-restart", health, nodes],
    ["health-dc2-through-dc1", health, ["127.0.0.7:9101"]],
    ["acl-management-token", health, ["127.0.0.2:8101"]],
    ["health-warning", { ...health, healthStatuses: ["warning"] }, ["127.0.0.1:18102"]],
    ["health-maintenance", { ...health, healthStatuses: ["maintenance"] }, ["127.0.0.1:18102"]],
    ["health-new-service-critical", { ...health, healthStatuses: ["critical"] }, ["127.0.0.1:18101"]],
    ["catalog-service", {}, [a, b, "192.0.2.3:8103", d]],
    ["catalog-service", { preferServiceAddress: false }, [a, b, "127.0.0.4:8103", d]],
  ])("%s with %j", async (name, options, addresses) => {
    await see(options, env(name), pathOf(name)).has(...(addresses as string[]));
  });

  it.each<[string, ConsulOptions, string]>([
    ["health-unknown-service", health, "neg"],
    ["health-blocking-last-instance-gone", health, "neg"],
    ["health-no-address-port0", health, "neg"],
    ["health-maintenance", { ...health, healthStatuses: ["passing", "warning", "critical"] }, "neg"],
    ["health-new-service-critical", health, "neg"],
    ["acl-no-token-empty", { ...health, token: "x" }, "neg"],
    ["acl-service-read-without-node-read", { ...health, token: "x" }, "neg"],
    ["acl-no-token-catalog", { token: "x" }, "neg"],
    ["acl-bad-token-403", health, "failed: NAMER_REFUSED"],
    ["unknown-dc-500", health, "neg"],
    ["unknown-path-404", health, "neg"],
    ["no-leader-500", health, "failed: NAMER_UNAVAILABLE"],
    ["no-leader-stale", health, "failed: NAMER_UNAVAILABLE"],
    ["dc2-down", health, "failed: NAMER_UNAVAILABLE"],
    ["bad-filter", health, "failed: NAMER_ANSWER"],
    ["bad-index", health, "failed: NAMER_ANSWER"],
    ["missing-service-400", health, "failed: NAMER_ANSWER"],
    ["stale-and-consistent-400", health, "failed: NAMER_ANSWER"],
  ])("%s with %j: %s", async (name, options, tree) => {
    await see(options, env(name), pathOf(name)).is(tree);
  });

  it("has weights, node and metadata", async () => {
    const seen = see({ ...health, transferMetadata: true, transferTags: true }, env("health-passing-first"));
    await seen.has(String(a), String(b));
    expect(seen.addrs.at(-1)).toMatchObject({
      addresses: [
        { weight: 10, meta: { nodeName: "host-a", version: "1", tags: "prod,v1" } },
        { weight: 5, meta: { nodeName: "host-b", version: "2", tags: "prod,v2" } },
      ],
    });
  });
});

describe("recorded stories", () => {
  it("a service changes, stays for the time of a query, and goes", async () => {
    const world = env(
      "health-passing-first",
      "health-blocking-change",
      "health-blocking-timeout",
      "health-blocking-last-instance-gone",
    );
    const seen = see(health, world);
    await until(() => world.asked.length === 5);
    expect(seen.trees).toEqual(["pending", "/#/c/dc1/web", "neg"]);
    expect(seen.addrs.map((addr) => (addr.type === "bound" ? addr.addresses.length : addr.type))).toEqual([2, 3]);
    expect(world.asked.map((url) => /index=\d+/.exec(url)?.[0])).toEqual([
      undefined,
      "index=20",
      "index=21",
      // Here the time of a query is over at once, which is early, and so is looked into.
      undefined,
      "index=31",
    ]);
  });

  it("a datacenter is killed: its addresses stay, and the index of the errors is not used", async () => {
    const world = env("health-dc2-through-dc1", "dc2-killed-while-blocking", "dc2-down", "unknown-dc-500");
    const seen = see(health, world, "/dc2/web");
    await until(() => world.asked.length === 5);
    expect(seen.addresses).toEqual(["127.0.0.7:9101"]);
    expect(seen.trees).toEqual(["pending", "/#/c/dc2/web"]);
    expect(seen.status?.lastError?.message).toContain("No path to datacenter");
    expect(world.asked.slice(2).every((url) => !url.includes("index="))).toBe(true);
  });

  it("all services are listed", async () => {
    const world = env("catalog-datacenters-two", "catalog-services", "after-restart-services");
    let listed: readonly string[] = [];
    const handle = consulNamer({}, world)
      .enumerate?.()
      .run.observe((state) => {
        if (state.status === "ok") listed = state.value.map((path) => path.show());
      });
    await until(() => listed.length > 0);
    expect(listed).toEqual(["/dc1/consul", "/dc1/web", "/dc2/consul"]);
    handle?.close();
  });
});

describe("recorded keys", () => {
  it.each([
    ["kv-raw", "/svc=>/#/io.l5d.consul/dc1"],
    ["kv-404", ""],
    ["no-leader-kv", "No cluster leader"],
    ["acl-kv-no-token-403", "Permission denied"],
  ])("%s: %s", async (name, said) => {
    const world = env(name);
    const options = checkInterpreterOptions({ firstAnswerMs: 50 });
    const interpreter = createConsulInterpreter(options, { ...world, namers: [] });
    let tree = "pending";
    const handle = interpreter.bind(Dtab.empty, Path.parse("/svc/web")).run.observe((state) => {
      tree = state.status === "failed" ? state.error.message : state.status === "ok" ? state.value.type : "pending";
    });
    await until(() => tree !== "pending");
    const state = interpreter.state() as { readonly dtab?: string };
    expect(state.dtab ?? tree).toContain(said);
    handle.close();
  });
});
