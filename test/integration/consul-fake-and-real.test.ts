import { ConsulFake } from "@namerkit/testing/consul";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConsulAgent, consulBinary } from "../support/consul-agent.js";

// Where there is no Consul this is not run, and `npm test` says why.
const real = describe.skipIf(consulBinary === undefined);

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One of the two, by its port. */
async function ask(port: number, target: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}${target}`, { ...init, signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

/** What every answer has to have in common: status, which headers there are, and what those say that are not numbers of this run. */
function kindOf({ status, headers, body }: Answer): object {
  const {
    "content-type": type,
    "x-consul-knownleader": leader,
    "x-consul-effective-consistency": consistency,
  } = headers;
  const index = headers["x-consul-index"];
  return {
    ...{ status, type, leader, consistency, hasIndex: index !== undefined },
    // What a parser would have liked better is its own affair.
    body: type === "application/json" ? shapeOf(JSON.parse(body)) : body.replace(/, expected: .*/, ""),
  };
}

/** Types in place of values, sorted by key. */
function shapeOf(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(shapeOf);
  if (typeof json !== "object" || json === null) return json === null ? "null" : typeof json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, shapeOf(value)]),
  );
}
const indexOf = ({ headers }: Answer): number => Number(headers["x-consul-index"]);

real("the fake Consul beside a real one", () => {
  let agent: ConsulAgent;
  let fake: ConsulFake;
  let ports: readonly [number, number];
  beforeAll(async () => {
    agent = await ConsulAgent.start();
    fake = new ConsulFake({ nodeName: "dc1-node" });
    ports = [agent.port, (await fake.listen()).port];
  }, 60_000);
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await fake?.close();
  });

  /** The same of both. */
  const both = (target: string, init?: RequestInit) =>
    Promise.all([ask(ports[0], target, init), ask(ports[1], target, init)]);
  const put = (target: string, body?: unknown) =>
    both(target, {
      method: "PUT",
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const alike = async (target: string, init?: RequestInit) => {
    const [theirs, ours] = await both(target, init);
    expect(kindOf(ours), target).toEqual(kindOf(theirs));
    return [theirs, ours] as const;
  };
  const register = (id: string, more: object = {}) =>
    put("/v1/agent/service/register", {
      ...{ ID: id, Name: "web", Address: "10.0.0.1", Port: 80, Tags: ["prod", id], Meta: { version: "1" } },
      ...{ Check: { CheckID: `check-${id}`, Name: "c", TTL: "60s", Status: "passing" }, ...more },
    });

  it("takes registrations as it does", async () => {
    for (const answers of [await register("web-1"), await register("web-2")]) {
      expect(answers.map(({ status, body }) => [status, body])).toEqual([
        [200, ""],
        [200, ""],
      ]);
    }
    const [theirs, ours] = await alike("/v1/health/service/web");
    const ids = ({ body }: Answer) =>
      (JSON.parse(body) as { Service: { ID: string } }[]).map(({ Service }) => Service.ID).sort();
    expect(ids(ours)).toEqual(ids(theirs));
  });

  it.each([
    "/v1/health/service/web",
    "/v1/health/service/web?passing",
    "/v1/health/service/web?tag=prod&tag=web-1",
    "/v1/health/service/WEB",
    "/v1/health/service/web?filter=Service.Meta.version%20%3D%3D%20%221%22",
    "/v1/health/service/web?filter=what%3F",
    "/v1/health/service/web?stale",
    "/v1/health/service/web?consistent",
    "/v1/health/service/web?stale&consistent",
    "/v1/health/service/web?near=_agent",
    "/v1/health/service/none",
    "/v1/health/service/",
    "/v1/health/service/web?index=x",
    "/v1/health/service/web?index=0&wait=1s",
    "/v1/health/service/web?index=1&wait=x",
    "/v1/health/service/web?dc=dc9",
    "/v1/health/connect/web",
    "/v1/catalog/service/web",
    "/v1/catalog/service/none",
    "/v1/catalog/services",
    "/v1/catalog/services?dc=dc9",
    "/v1/catalog/datacenters",
    "/v1/kv/none",
    "/v1/kv/none?raw",
    "/v1/query/none/execute",
    "/v1/no/such/path",
  ])("answers %s as it does", async (target) => {
    await alike(target);
  });

  it.each(["POST", "DELETE"])("refuses %s where it does", async (method) => {
    await alike("/v1/health/service/web", { method });
  });

  it("keeps keys as it does", async () => {
    await put("/v1/kv/a/b", "one");
    const [theirs, ours] = await alike("/v1/kv/a/b?raw");
    expect([theirs.body, ours.body]).toEqual(["one", "one"]);
    await alike("/v1/kv/a/b");
    await alike("/v1/kv/a?keys");
    await alike("/v1/kv/a?recurse");
    await alike("/v1/kv/a/b", { method: "DELETE" });
    await alike("/v1/kv/a/b?raw");
  });

  it("moves indexes when it does, and only then", async () => {
    const before = await both("/v1/health/service/web");
    const moved = async () => {
      const after = await both("/v1/health/service/web");
      return after.map((answer, i) => indexOf(answer) > indexOf(before[i] as Answer));
    };
    await put("/v1/kv/unrelated", "x");
    expect(await moved()).toEqual([false, false]);
    await put("/v1/agent/service/register", { ID: "other", Name: "other", Port: 1 });
    expect(await moved()).toEqual([false, false]);
    await put("/v1/agent/check/warn/check-web-1?note=hm");
    // The agent tells the catalogue in its own time.
    await expect.poll(moved, { timeout: 10_000 }).toEqual([true, true]);
  });

  it("wakes those who wait as it does", async () => {
    const [theirs, ours] = await both("/v1/health/service/web");
    const wait = (i: 0 | 1, answer: Answer) =>
      ask(ports[i], `/v1/health/service/web?index=${indexOf(answer)}&wait=30s`);
    const held = Promise.all([wait(0, theirs), wait(1, ours)]);
    await register("web-3");
    const woken = await held;
    expect(woken.map((answer) => answer.body.includes("web-3"))).toEqual([true, true]);
    expect(kindOf(woken[1])).toEqual(kindOf(woken[0]));
  });

  it("takes instances into maintenance, and out of the catalogue, as it does", async () => {
    await put("/v1/agent/service/maintenance/web-2?enable=true&reason=why");
    const [theirs, ours] = await alike("/v1/health/service/web?passing");
    expect([theirs.body.includes('"web-2"'), ours.body.includes('"web-2"')]).toEqual([false, false]);
    await put("/v1/agent/service/maintenance/web-2?enable=false");
    for (const id of ["web-1", "web-2", "web-3"]) await put(`/v1/agent/service/deregister/${id}`);
    const [gone, also] = await alike("/v1/health/service/web");
    expect([gone.body.trim(), also.body.trim()]).toEqual(["[]", "[]"]);
    await put("/v1/agent/service/deregister/nobody");
  });
});

/** How much a token gets to see. What is told of a node and of an agent depends on tokens of the agent's own, which is not the point here. */
function seenBy({ status, headers, body }: Answer): object {
  const json: unknown = headers["content-type"] === "application/json" ? JSON.parse(body) : undefined;
  if (json === undefined) return { status, body };
  return {
    status,
    hasIndex: headers["x-consul-index"] !== undefined,
    seen: Array.isArray(json) ? json.length : typeof json,
  };
}

real("the fake Consul beside a real one, with ACLs", () => {
  it("hides, refuses and allows as it does", { timeout: 60_000 }, async () => {
    await using agent = await ConsulAgent.start({ acl: { root: "11111111-1111-1111-1111-111111111111" } });
    await using fake = new ConsulFake({ nodeName: "dc1-node", acl: { defaultPolicy: "deny" } });
    fake.acl.grant("11111111-1111-1111-1111-111111111111");
    const ports = [agent.port, (await fake.listen()).port] as const;
    await agent.register("web", "10.0.0.1");
    fake.register("web", { address: "10.0.0.1", port: 80 });
    const tokens = [undefined, "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"];
    const targets = [
      "/v1/health/service/web",
      "/v1/catalog/service/web",
      "/v1/catalog/services",
      "/v1/kv/a",
      "/v1/agent/self",
    ];
    for (const target of targets) {
      for (const token of tokens) {
        const init = token === undefined ? {} : { headers: { "x-consul-token": token } };
        const [theirs, ours] = await Promise.all([ask(ports[0], target, init), ask(ports[1], target, init)]);
        expect(seenBy(ours), `${target} ${token}`).toEqual(seenBy(theirs));
      }
    }
  });
});
