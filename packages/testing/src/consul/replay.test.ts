import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { recording, recordings } from "../../test-support/consul/recording.js";
import { ConsulFake } from "./consul-fake.js";
import type { ConsulFakeOptions } from "./options.js";

/** What a recording was made of: the fake brought to that point, and what happened while the query was open. */
interface Scene {
  readonly fake: ConsulFake;
  readonly clock: ManualClock;
  /** At so many milliseconds after the request. */
  readonly meanwhile?: readonly [atMs: number, what: () => unknown];
}

type Staged = (scene: Scene) => Scene["meanwhile"] | void | Promise<void>;

const MANAGEMENT = "11111111-1111-1111-1111-111111111111";
const SERVICE_READ = "f6ec2fd4-bb26-49bc-ff48-f7020899230d";

function setUp(options: ConsulFakeOptions = {}): Scene {
  const clock = new ManualClock();
  return { clock, fake: new ConsulFake({ clock, random: () => 0.5, firstIndex: 11, ...options }) };
}

/** Four instances on nodes of their own, as the recorder has put them into the catalogue. */
function web({ fake }: Scene): void {
  const node = (letter: string, n: number) => ({ name: `host-${letter}`, address: `127.0.0.${n}`, serfHealth: true });
  const check = (status: "passing" | "warning" | "critical") => [{ name: "web check", status, output: "ok" }];
  fake.skipTo(16);
  fake.register("web", {
    ...{ id: "web-1", node: node("a", 2), address: "127.0.0.2", port: 8101, tags: ["prod", "v1"] },
    ...{ meta: { version: "1" }, weights: { passing: 10, warning: 1 }, checks: check("passing") },
  });
  fake.register("web", {
    ...{ id: "web-2", node: node("b", 3), port: 8102, tags: ["prod", "v2"] },
    ...{ meta: { version: "2" }, weights: { passing: 5, warning: 1 }, checks: check("passing") },
  });
  fake.register("web", {
    ...{ id: "web-3", node: node("c", 4), address: "web3.internal", port: 8103, checks: check("warning") },
  });
  fake.register("web", {
    ...{ id: "web-4", node: node("d", 5), address: "127.0.0.5", port: 8104, tags: ["canary"], meta: {} },
    checks: check("critical"),
  });
}

/** Web again, when more has happened. */
function later(scene: Scene): void {
  web(scene);
  scene.fake.check("service:web-3", "passing", "ok", "host-c");
  scene.fake.skipTo(26);
  scene.fake.check("service:web-3", "passing", "ok 1795309295883", "host-c");
}

function onAgent({ fake }: Scene): void {
  fake.skipTo(42);
  fake.register("ttl", {
    ...{ id: "ttl-1", port: 18102 },
    checks: [{ id: "ttl-1-check", status: "critical", type: "ttl" }],
  });
  fake.skipTo(46);
  fake.check("ttl-1-check", "warning", "hot");
}

function guarded({ fake }: Scene): void {
  fake.acl.grant(MANAGEMENT);
  fake.acl.grant(SERVICE_READ, { service: { "": "read" } });
  fake.skipTo(15);
  const checks = [{ id: "c1", name: "c" }];
  fake.register("web", { id: "web-1", node: { name: "host-a", address: "127.0.0.2" }, port: 8101, checks });
}

function kept({ fake }: Scene): void {
  for (const [n, index] of [7, 8, 10, 11, 12].entries()) {
    fake.skipTo(index - 1);
    const node = { name: `n${n}`, address: `127.0.0.1${n}` };
    fake.register("web", { id: `web-${n}`, node, port: 8000 + n, tags: [`t${n}`] });
  }
}

const DTAB = "/svc => /#/io.l5d.consul/dc1";
function key({ fake }: Scene): void {
  fake.skipTo(50);
  fake.put("linkerd/ns/default", DTAB);
}

function federated({ fake, clock }: Scene): ConsulFake {
  const other = new ConsulFake({ clock, datacenter: "dc2", firstIndex: 9, rpcPort: 9300 });
  other.register("web", { id: "web-x", node: { name: "host-x", address: "127.0.0.7" }, port: 9101 });
  fake.join(other);
  return other;
}

const nothing = (): void => {};
const acl: ConsulFakeOptions = { acl: { defaultPolicy: "deny" } };
const server: ConsulFakeOptions = { dev: false };
const leaderless: Staged = ({ fake }) => fake.loseLeader();

const stages: Readonly<Record<string, readonly [Staged, ConsulFakeOptions?]>> = {
  "acl-bad-token-403": [guarded, acl],
  "acl-bad-token-403-services": [guarded, acl],
  "acl-kv-no-token-403": [guarded, acl],
  "acl-kv-put-403": [guarded, acl],
  "acl-management-token": [guarded, acl],
  "acl-no-token-catalog": [guarded, acl],
  "acl-no-token-empty": [guarded, acl],
  "acl-no-token-services": [guarded, acl],
  "acl-register-403": [guarded, acl],
  "acl-service-read-without-node-read": [
    (scene) => {
      guarded(scene);
      scene.fake.skipTo(17);
      scene.fake.check("c1", "passing", "again", "host-a");
    },
    acl,
  ],
  "after-restart-first": [({ fake }) => fake.restart({ data: "lost" }), { firstIndex: 10 }],
  "after-restart-services": [
    async ({ fake }) => {
      fake.skipTo(49);
      fake.register("web");
      await fake.restart({ data: "lost" });
    },
    { firstIndex: 10 },
  ],
  "agent-register-conn": [nothing],
  "bad-filter": [web],
  "bad-index": [web],
  "bad-wait": [web],
  "cached-hit": [
    async (scene) => {
      later(scene);
      await scene.fake.handle(requestOf("cached-miss"));
    },
  ],
  "cached-miss": [later],
  "catalog-datacenters": [nothing],
  "catalog-datacenters-two": [(scene) => void federated(scene)],
  "catalog-service": [web],
  "catalog-services": [web],
  "catalog-services-after": [
    ({ fake }) => {
      fake.register("other");
      fake.skipTo(30);
      fake.register("other2");
    },
  ],
  consistent: [later],
  "dc2-down": [(scene) => federated(scene).kill()],
  "dc2-killed-while-blocking": [
    (scene) => {
      const other = federated(scene);
      return [334, () => other.kill()];
    },
  ],
  deregister: [web],
  filter: [later],
  "health-all": [web],
  "health-blocking-change": [
    (scene) => {
      web(scene);
      return [508, () => scene.fake.check("service:web-3", "passing", "ok", "host-c")];
    },
  ],
  "health-blocking-last-instance-gone": [
    ({ fake }) => {
      fake.skipTo(29);
      fake.register("web", { id: "web-1" });
      return [203, () => fake.deregister("web", "web-1")];
    },
  ],
  "health-blocking-timeout": [
    (scene) => {
      web(scene);
      scene.fake.check("service:web-3", "passing", "ok", "host-c");
    },
  ],
  "health-dc2-through-dc1": [(scene) => void federated(scene)],
  "health-maintenance": [
    (scene) => {
      onAgent(scene);
      scene.fake.maintenance("ttl-1", true, "x");
    },
  ],
  "health-new-service-critical": [
    async ({ fake }) => {
      fake.skipTo(39);
      const Check = { HTTP: "http://127.0.0.1:18101/", Interval: "1s" };
      const service = {
        ID: "api-1",
        Name: "api",
        Address: "127.0.0.1",
        Port: 18101,
        Tags: ["a"],
        Meta: { zone: "z1" },
      };
      await tell(fake, "/v1/agent/service/register", { ...service, Weights: { Passing: 7, Warning: 2 }, Check });
    },
  ],
  "health-no-address-port0": [
    async ({ fake }) => {
      fake.skipTo(48);
      await tell(fake, "/v1/agent/service/register", { ID: "noaddr", Name: "noaddr", Port: 0 });
    },
  ],
  "health-passing-false": [web],
  "health-passing-first": [web],
  "health-state-any": [web],
  "health-tag": [web],
  "health-unknown-service": [nothing, { firstIndex: 10 }],
  "health-warning": [onAgent],
  "keep-after-restart": [
    async (scene) => {
      kept(scene);
      await scene.fake.restart({ data: "kept" });
    },
    { ...server, firstIndex: 4 },
  ],
  "keep-health-compact": [kept, { ...server, firstIndex: 4 }],
  "keep-pretty": [kept, { ...server, firstIndex: 4 }],
  "kv-404": [nothing],
  "kv-blocking-change": [
    (scene) => {
      key(scene);
      return [310, () => scene.fake.put("linkerd/ns/default", "/svc => /$/inet/127.1/80")];
    },
  ],
  "kv-blocking-delete": [
    ({ fake }) => {
      fake.skipTo(51);
      fake.put("linkerd/ns/default", DTAB);
      fake.skipTo(54);
      return [814, () => fake.delete("linkerd/ns/default")];
    },
  ],
  "kv-get": [key],
  "kv-keys": [key],
  "kv-raw": [key],
  "kv-recurse": [key],
  "method-405": [web],
  "missing-service-400": [web],
  "near-agent": [later],
  "no-leader-500": [leaderless, server],
  "no-leader-500-services": [leaderless, server],
  "no-leader-datacenters": [leaderless, server],
  "no-leader-kv": [leaderless, server],
  "no-leader-stale": [leaderless, server],
  "no-leader-status": [leaderless, server],
  root: [nothing],
  "stale-and-consistent-400": [web],
  stale: [later],
  "unknown-dc-500": [web],
  "unknown-dc-500-services": [web],
  "unknown-path-404": [nothing],
};

function requestOf(name: string) {
  const { method, path: target, headers, body = "" } = recording(name).request;
  const lower = Object.entries(headers).map(([header, value]) => [header.toLowerCase(), String(value)]);
  return { method, target, headers: Object.fromEntries(lower), body: new TextEncoder().encode(body) };
}

async function tell(fake: ConsulFake, target: string, body: unknown): Promise<void> {
  await fake.handle({ method: "PUT", target, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) });
}

/** Everything but what the agent is itself: which id it made up, and which writes it made first. */
function withoutSelf(text: string): string {
  return text
    .replace(/"ID": "[0-9a-f]{8}-[0-9a-f-]{27}"/g, '"ID": "the agent"')
    .replace(/("CreateIndex"): 11,(\s+"ModifyIndex"): 1\d\b/g, "$1: first,$2: first");
}

/** Consul's waits end up to a sixteenth later than asked for; what else is recorded took a few milliseconds on the wire. */
const TOLERANCE_MS = 60;

describe("what a real Consul was recorded to answer", () => {
  it("is replayed as a whole", () => expect(Object.keys(stages).sort()).toEqual(recordings));

  it.each(Object.entries(stages))("%s", async (name, [stage, options]) => {
    const scene = setUp(options);
    const meanwhile = (await stage(scene)) as Scene["meanwhile"];
    const { fake, clock } = scene;
    const { response, timing } = recording(name);

    let endedAt: number | undefined;
    const answered = fake.handle(requestOf(name)).then((outcome) => {
      endedAt = clock.now();
      return outcome;
    });
    await clock.advance(0);
    if (meanwhile !== undefined) {
      const [atMs, what] = meanwhile;
      await clock.advance(atMs - 1);
      expect(endedAt).toBeUndefined();
      await clock.advance(1);
      await what();
      await clock.advance(0);
      expect(endedAt).toBe(clock.now());
    } else if (timing.headersAtMs > 1_000) {
      await clock.advance(10_000);
      expect(Math.abs((endedAt ?? Number.NaN) - timing.headersAtMs)).toBeLessThan(TOLERANCE_MS * 2);
    }
    const ours = await answered;
    if (ours === "reset") throw new Error("reset");

    const { Date: _, "Transfer-Encoding": chunked, ...theirHeaders } = response.headers;
    expect(ours.status).toBe(response.status);
    expect(ours.headers).toEqual(theirHeaders);
    expect(ours.headers["Content-Length"] === undefined).toBe(chunked === "chunked");
    expect(withoutSelf(Buffer.from(ours.body).toString())).toBe(withoutSelf(response.body));
    await fake.close();
    expect(clock.pending).toBe(0);
  });
});
