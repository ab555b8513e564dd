import { ManualClock } from "@namerkit/core/testing";
import { setupServer } from "msw/node";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../until.js";
import { kubernetesHandlers } from "./handlers.js";
import type { KubernetesAnswer } from "./http/answer.js";
import { KubernetesFake } from "./kubernetes-fake.js";
import type { KubernetesFakeOptions } from "./options.js";

const slices = "/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices";
const endpoints = "/api/v1/namespaces/prod/endpoints";
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function setUp(options: KubernetesFakeOptions = {}) {
  const clock = new ManualClock();
  return { clock, fake: new KubernetesFake({ clock, ...options }) };
}

async function get(fake: KubernetesFake, target: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fake.handle({ method: "GET", target, headers });
  if (!("body" in answer)) throw new TypeError("that is a watch");
  const { body, status } = answer;
  return { status, headers: answer.headers, json: body.startsWith("{") ? JSON.parse(body) : body };
}

interface Slice {
  readonly addressType: string;
  readonly ports: readonly { readonly port: number }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready: boolean; readonly terminating: boolean };
  }[];
}

interface Watched {
  readonly events: { type: string; object: { metadata: Record<string, never>; code?: number } }[];
  readonly pieces: string[];
  how: "open" | "ended" | "reset";
}

async function watch(fake: KubernetesFake, target: string): Promise<Watched> {
  const answer: KubernetesAnswer = await fake.handle({ method: "GET", target, headers: {} });
  if (!("watch" in answer)) throw new TypeError(`no watch: ${answer.body}`);
  const watched: Watched = { events: [], pieces: [], how: "open" };
  let left = "";
  const open = answer.watch({
    write: (text) => {
      watched.pieces.push(text);
      const lines = (left + text).split("\n");
      left = lines.pop() ?? "";
      for (const line of lines) watched.events.push(JSON.parse(line));
    },
    end: () => {
      watched.how = "ended";
    },
    reset: () => {
      watched.how = "reset";
    },
  });
  closing.push(() => open.close());
  return watched;
}

const types = ({ events }: Watched) => events.map(({ type, object }) => `${type} ${object.metadata["name"] ?? ""}`);
const pods = (...last: number[]) => last.map((one) => ({ ip: `10.0.0.${one}`, node: "a", zone: "z1" }));

describe("KubernetesFake", () => {
  it("keeps Endpoints and slices in step with pods, as the controllers do", async () => {
    const { fake } = setUp();
    fake.service("prod", "web", { ports: [{ name: "http", port: 80, targetPort: "web" }] });
    fake.pods("prod", "web", [
      { ip: "10.0.0.1", ports: { web: 8080 } },
      { ip: "10.0.0.2", ports: { web: 8081 } },
      { ip: "10.0.0.3", ports: { web: 8080 }, ready: false },
      { ip: "10.0.0.4", ports: { web: 8080 }, terminating: true },
      { ip: "fd00::1", ports: { web: 8080 } },
    ]);
    const { json } = await get(fake, slices);
    const found = (json.items as Slice[]).map(({ addressType, ports, endpoints: all }) => [
      addressType,
      ports[0]?.port,
      all.map(({ addresses, conditions }) => `${addresses[0]} ${conditions.ready} ${conditions.terminating}`),
    ]);
    expect(found.sort()).toEqual([
      ["IPv4", 8080, ["10.0.0.1 true false", "10.0.0.3 false false", "10.0.0.4 false true"]],
      ["IPv4", 8081, ["10.0.0.2 true false"]],
      ["IPv6", 8080, ["fd00::1 true false"]],
    ]);
    const { json: one } = await get(fake, `${endpoints}/web`);
    // One that is on its way out has left already.
    expect(JSON.stringify(one.subsets)).not.toContain("10.0.0.4");
    expect(one.subsets).toHaveLength(2);

    fake.pods("prod", "web", []);
    const { json: empty } = await get(fake, slices);
    expect(empty.items).toEqual([expect.objectContaining({ endpoints: null, ports: null })]);
    expect((await get(fake, `${endpoints}/web`)).json.subsets).toBeUndefined();
    fake.deleteService("prod", "web");
    expect((await get(fake, slices)).json.items).toEqual([]);
  });

  it("puts a hundred endpoints into a slice", async () => {
    const { fake } = setUp();
    fake.service("prod", "big", { ports: [{ port: 80 }] });
    fake.pods(
      "prod",
      "big",
      Array.from({ length: 250 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` })),
    );
    const { json } = await get(fake, slices);
    expect(json.items.map((slice: { endpoints: object[] }) => slice.endpoints.length).sort()).toEqual([100, 100, 50]);
  });

  it("lists in pages of one version, whatever happens meanwhile, until that is compacted", async () => {
    const { fake } = setUp();
    for (const name of ["a", "b", "c", "d", "e"]) fake.apply("services", { metadata: { name, namespace: "prod" } });
    const path = "/api/v1/namespaces/prod/services";
    const names = (json: { items: { metadata: { name: string } }[] }) => json.items.map((item) => item.metadata.name);
    const first = (await get(fake, `${path}?limit=2`)).json;
    expect([names(first), first.metadata.remainingItemCount]).toEqual([["a", "b"], 3]);
    fake.delete("services", "prod", "c");
    fake.apply("services", { metadata: { name: "bb", namespace: "prod" } });
    const second = (await get(fake, `${path}?limit=2&continue=${first.metadata.continue}`)).json;
    expect([names(second), second.metadata.resourceVersion]).toEqual([["c", "d"], first.metadata.resourceVersion]);
    fake.compact();
    const expired = await get(fake, `${path}?limit=2&continue=${second.metadata.continue}`);
    expect([expired.status, expired.json.reason]).toEqual([410, "Expired"]);
    const rest = (await get(fake, `${path}?limit=9&continue=${expired.json.metadata.continue}`)).json;
    expect([names(rest), rest.metadata.continue]).toEqual([["e"], undefined]);
    expect((await get(fake, `${path}?continue=nonsense`)).status).toBe(400);
  });

  it("tells a watch what happens after its version, and what leaves and enters its selector", async () => {
    const { fake } = setUp();
    const service = (name: string, app: string) =>
      fake.apply("services", { metadata: { name, namespace: "prod", labels: { app } } });
    service("a", "x");
    const from = fake.version;
    service("b", "x");
    const path = `/api/v1/namespaces/prod/services?watch=1&resourceVersion=${from}`;
    const [all, some] = [await watch(fake, path), await watch(fake, `${path}&labelSelector=app%3Dx`)];
    service("a", "y");
    service("a", "y");
    service("a", "x");
    fake.delete("services", "prod", "b");
    expect(types(all)).toEqual(["ADDED b", "MODIFIED a", "MODIFIED a", "DELETED b"]);
    expect(types(some)).toEqual(["ADDED b", "DELETED a", "ADDED a", "DELETED b"]);
    expect(some.events.at(-1)?.object.metadata["resourceVersion"]).toBe(String(fake.version));
  });

  it("forgets history, restarts, and comes back from a backup as a real one does", async () => {
    const { fake, clock } = setUp();
    fake.service("prod", "web", { ports: [{ port: 80 }] });
    const backup = fake.backup();
    fake.pods("prod", "web", pods(1));
    const late = fake.version;
    const open = await watch(fake, `${slices}?watch=1&resourceVersion=${late}`);
    fake.restart({ downMs: 2_000, forbiddenMs: 100 });
    expect(fake.alive).toBe(false);
    await clock.advance(2_000);
    expect([fake.alive, open.how]).toEqual([true, "open"]);
    expect((await get(fake, slices)).status).toBe(403);
    await clock.advance(100);
    expect((await get(fake, slices)).status).toBe(200);
    await clock.advance(60_000);
    expect(open.how).toBe("ended");

    fake.pods("prod", "web", pods(1, 2));
    fake.forget();
    const old = await watch(fake, `${slices}?watch=1&resourceVersion=${late}`);
    expect([types(old), old.events[0]?.object.code, old.how]).toEqual([["ERROR "], 410, "ended"]);

    const current = await watch(fake, `${slices}?watch=1&resourceVersion=${fake.version}`);
    const future = fake.version;
    fake.restore(backup);
    expect([current.how, fake.version]).toEqual(["reset", backup.version]);
    const blind = await watch(
      fake,
      `${slices}?watch=1&allowWatchBookmarks=true&timeoutSeconds=120&resourceVersion=${future}`,
    );
    fake.pods("prod", "web", pods(3));
    await clock.advance(119_000);
    expect([types(blind), blind.how]).toEqual([[], "open"]);
    await clock.advance(1_000);
    expect(blind.how).toBe("ended");
  });

  it("knows who may do what, and in which words it is refused", async () => {
    const { fake } = setUp();
    fake.rights.grant("t0ken", [{ namespaces: ["prod"], resources: ["endpointslices"], verbs: ["list"] }], "ann");
    expect((await get(fake, slices, "t0ken")).status).toBe(200);
    const { status, json } = await get(fake, endpoints, "t0ken");
    expect([status, json.message]).toEqual([
      403,
      'endpoints is forbidden: User "ann" cannot list resource "endpoints" in API group "" in the namespace "prod"',
    ]);
    expect((await get(fake, `${slices}?watch=1`, "t0ken")).json.message).toBe(
      'endpointslices.discovery.k8s.io is forbidden: User "ann" cannot watch resource "endpointslices" in API group "discovery.k8s.io" in the namespace "prod"',
    );
    expect((await get(fake, slices)).status).toBe(403);
    fake.rights.revoke("t0ken");
    expect((await get(fake, slices, "t0ken")).status).toBe(401);
  });

  it("is an older server on demand", async () => {
    const { fake } = setUp({ version: "1.20" });
    fake.service("prod", "web", { ports: [{ port: 80 }] });
    fake.pods("prod", "web", pods(1));
    expect(await get(fake, slices)).toMatchObject({ status: 404, json: "404 page not found\n" });
    const { json } = await get(fake, slices.replace("/v1/", "/v1beta1/"));
    expect(json.items[0].endpoints).toEqual([
      {
        addresses: ["10.0.0.1"],
        conditions: { ready: true },
        topology: { "kubernetes.io/hostname": "a", "topology.kubernetes.io/zone": "z1" },
      },
    ]);
    const streaming = `${endpoints}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;
    expect((await get(fake, streaming)).status).toBe(422);
  });

  it("goes wrong as it is told: pieces, silence, ends at once, nonsense, other answers", async () => {
    const { fake } = setUp();
    fake.service("prod", "web", { ports: [{ port: 80 }] });
    const one = await watch(fake, `${slices}?watch=1&resourceVersion=${fake.version}`);
    fake.faults = { pieces: (text) => [...text] };
    fake.pods("prod", "web", pods(1));
    expect(one.pieces.every((piece) => [...piece].length === 1)).toBe(true);
    expect(types(one)).toHaveLength(1);
    fake.faults = { silence: true };
    fake.pods("prod", "web", pods(2));
    fake.faults = {};
    expect(types(one)).toHaveLength(1);
    fake.inject('{"type":"WORMHOLE","object":{"metadata":{}}}\n');
    expect(one.events.at(-1)?.type).toBe("WORMHOLE");
    fake.faults = { closeAtOnce: true };
    expect((await watch(fake, `${slices}?watch=1`)).how).toBe("ended");
    const busy = { status: 429, headers: { "retry-after": "3" }, body: "busy" };
    fake.faults = { answer: ({ target }) => (target.startsWith(slices) ? busy : undefined) };
    expect(await get(fake, slices)).toMatchObject({ status: 429, headers: { "retry-after": "3" } });
    expect((await get(fake, endpoints)).status).toBe(200);
  });

  it("serves on a port: heads of watches at once, and none left open when a client has gone", async () => {
    const fake = new KubernetesFake();
    await using port = await fake.listen();
    fake.service("prod", "web", { ports: [{ port: 80 }] });
    const ending = new AbortController();
    const response = await fetch(`${port.url}${slices}?watch=1`, { signal: ending.signal });
    expect(response.headers.get("content-type")).toBe("application/json");
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"type":"ADDED"');
    expect(fake.watches("endpointslices")).toBe(1);
    ending.abort();
    await until(() => fake.watches() === 0);
    fake.restart({ downMs: 60_000 });
    await expect(fetch(`${port.url}/version`)).rejects.toThrow();
    await fake[Symbol.asyncDispose]();
  });

  it("serves as msw handlers", async () => {
    const { fake } = setUp();
    fake.service("prod", "web", { ports: [{ port: 80 }] });
    const server = setupServer(...kubernetesHandlers(fake, "https://kubernetes.default.svc/"));
    server.listen({ onUnhandledRequest: "error" });
    try {
      const list = await fetch(`https://kubernetes.default.svc${slices}`);
      expect(((await list.json()) as { kind: string }).kind).toBe("EndpointSliceList");
      const response = await fetch(`https://kubernetes.default.svc${slices}?watch=1`);
      const reader = response.body?.getReader();
      expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"type":"ADDED"');
      fake.drop();
      expect((await reader?.read())?.done).toBe(true);
    } finally {
      server.close();
    }
  });

  it("refuses what it cannot have", () => {
    const { fake } = setUp();
    expect(() => fake.apply("services", {})).toThrow(/metadata.name/);
    expect(() => fake.pods("prod", "nobody", [])).toThrow(/no service prod\/nobody/);
  });
});
