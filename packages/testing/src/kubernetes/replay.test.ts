import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { byVersion, happen, prod, resourceIn } from "../../test-support/kubernetes/play.js";
import {
  eventsOf,
  type RecordedEvent,
  type Recording,
  recording,
  recordings,
} from "../../test-support/kubernetes/recording.js";
import type { KubernetesAnswer, KubernetesRequest } from "./http/answer.js";
import { KubernetesFake } from "./kubernetes-fake.js";
import type { GivenObject, KubernetesVersion, ResourceName } from "./objects.js";

interface Scene {
  readonly fake: KubernetesFake;
  readonly clock: ManualClock;
}

/** Those that are of something in front of the API server, or below HTTP. */
const elsewhere: Readonly<Record<string, string>> = {
  "http-to-https-port-400": "said by the TLS layer",
  "proxy-apiserver-down": "said by kubectl proxy",
  "proxy-host-403": "said by kubectl proxy",
};
const accounts = [
  { token: "admin-token", user: "admin", rights: [{ resources: ["*"] }] },
  {
    token: "reader-token",
    user: "reader",
    rights: [{ namespaces: ["prod"], resources: ["endpoints", "endpointslices", "services"] }],
  },
  { token: "noaccess-token", user: "noaccess", rights: [] },
];

function setUp(version: KubernetesVersion = "1.36"): Scene {
  const clock = new ManualClock();
  const fake = new KubernetesFake({ clock, version, resourceVersion: 0 });
  for (const { token, user, rights } of accounts) fake.rights.grant(token, rights, user);
  return { clock, fake };
}

function requestOf({ request }: Recording): KubernetesRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  // kubectl proxy asks with the rights of whoever has started it.
  const proxied = headers["authorization"] === undefined && headers["host"] === undefined;
  return {
    method: request.method,
    target: request.path,
    headers: proxied ? { ...headers, authorization: "Bearer admin-token" } : headers,
  };
}

/** What a test has to bring about first, by the name of the recording; the others are asked of `prod`. */
const scenes: Readonly<Record<string, (scene: Scene) => void>> = {
  "401-no-credentials": ({ fake }) => {
    fake.rights.anonymous = false;
  },
  "403-transient-after-restart": ({ fake }) => fake.restart({ forbiddenMs: 1_000 }),
  "410-continue-expired": (scene) => {
    prod(scene.fake, 1_100);
    scene.fake.compact();
  },
  "410-list-exact-old-rv": (scene) => {
    prod(scene.fake, 1_100);
    scene.fake.compact();
  },
  "list-continue": ({ fake }) => prod(fake, 344),
  "list-etcd-hangs": (scene) => {
    prod(scene.fake);
    scene.fake.faults = { etcdHangs: true };
  },
  "list-future-rv": ({ fake }) => prod(fake, 313),
};

async function answered({ fake, clock }: Scene, rec: Recording): Promise<KubernetesAnswer> {
  const answering = fake.handle(requestOf(rec));
  await clock.advance(rec.timing.endAtMs);
  return answering;
}

function expectHead(answer: KubernetesAnswer, { response }: Recording): void {
  expect(answer.status).toBe(response.status);
  for (const name of ["Content-Type", "Retry-After", "Warning", "Cache-Control", "X-Content-Type-Options"]) {
    if (name === "Cache-Control" && response.status >= 400) continue;
    expect([name, answer.headers[name.toLowerCase()]]).toEqual([name, response.headers[name]]);
  }
}

/** But for what every cluster numbers for itself. */
function parsed(body: string): unknown {
  return body.startsWith("{") || body.startsWith("[") ? JSON.parse(body) : body;
}

const isStream = ({ response }: Recording) => response.status === 200 && response.stream !== undefined;
const replayed = recordings.filter((name) => elsewhere[name] === undefined);

describe("recordings of a real API server, asked of the fake", () => {
  for (const name of replayed.filter((one) => !isStream(recording(one)))) {
    it(name, async () => {
      const rec = recording(name);
      const scene = setUp();
      const stage = scenes[name];
      if (stage === undefined) prod(scene.fake, name === "proxy-list" ? 390 : 302);
      else stage(scene);
      const answer = await answered(scene, rec);
      expectHead(answer, rec);
      const body = "body" in answer ? answer.body : "";
      const recorded = rec.response.body ?? rec.response.stream?.map(({ data }) => data).join("") ?? "";
      if (name === "version") {
        expect(parsed(body)).toMatchObject({ major: "1", minor: "36", gitVersion: "v1.36.2" });
      } else if (name === "list-continue" || name === "proxy-list") {
        // Of a state that no other recording has: what it holds, not what that says.
        expect(outline(parsed(body))).toEqual(outline(parsed(recorded)));
      } else expect(parsed(body)).toEqual(parsed(recorded));
    });
  }

  for (const name of replayed.filter((one) => isStream(recording(one)))) {
    it(name, async () => {
      const rec = recording(name);
      const scene = setUp();
      const { told, ended } = await watched(scene, rec, name);
      expect(told.map(({ type, object }) => ({ type, object }))).toEqual(
        eventsOf(rec).map(({ type, object }) => ({ type, object })),
      );
      expect(ended).toBe(rec.timing.ended.includes("ECONNRESET") ? "reset" : "ended");
    });
  }
});

/** The kinds and names of a list, and the keys of its metadata. */
function outline(list: unknown): unknown {
  const { kind, apiVersion, metadata, items } = list as {
    kind: string;
    apiVersion: string;
    metadata: object;
    items: { metadata: { name: string } }[];
  };
  return { kind, apiVersion, metadata: Object.keys(metadata).sort(), items: items.map((item) => item.metadata.name) };
}

/** Events that came at once are what there was, or had happened; the others are brought about at their times. */
const atOnceMs = 50;

async function watched(scene: Scene, rec: Recording, name: string) {
  const { fake, clock } = scene;
  const events = eventsOf(rec);
  const resource = resourceIn(rec.request.path);
  const query = new URL(rec.request.path, "http://api").searchParams;
  const from = Number(query.get("resourceVersion") ?? 0);
  const [early, late] = [events.filter(({ atMs }) => atMs < atOnceMs), events.filter(({ atMs }) => atMs >= atOnceMs)];
  before(scene, resource, from, early, late);
  const marked = events.find(({ type }) => type === "BOOKMARK");
  if (early.some(({ type }) => type === "BOOKMARK")) fake.skipTo(Number(marked?.object.metadata.resourceVersion));
  if (name.includes("410") || name === "watch-after-restart-same-rv") {
    fake.skipTo(382);
    fake.restart({ killed: true });
  }
  if (name === "watch-rv-compacted-but-cached") fake.compact();
  if (name === "watch-etcd-hangs") fake.faults = { etcdHangs: true };

  const answer = await fake.handle(requestOf(rec));
  expectHead(answer, rec);
  if (!("watch" in answer)) throw new TypeError("no stream");
  const told: { type: string; object: unknown }[] = [];
  let ended: "ended" | "reset" | undefined;
  const watch = answer.watch({
    write: (text) =>
      told.push(
        ...text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      ),
    end: () => {
      ended ??= "ended";
    },
    reset: () => {
      ended ??= "reset";
    },
  });
  if (name === "watch-apiserver-restart-sigterm" || name === "proxy-watch-apiserver-stops") {
    fake.restart({ downMs: 2_000 });
  }
  let now = 0;
  for (const event of late) {
    if (event.type === "BOOKMARK") {
      happen(fake, resource, event);
      continue;
    }
    await clock.advance(event.atMs - now);
    now = event.atMs;
    if (event.type === "DELETED" && query.has("labelSelector")) strip(scene, resource, event);
    else happen(fake, resource, event);
  }
  if (name === "watch-apiserver-killed") fake.restart({ killed: true });
  await clock.advance(rec.timing.endAtMs - now + 500);
  watch.close();
  return { told, ended };
}

/** It stays, but does not match any more. */
function strip({ fake }: Scene, resource: ResourceName, { object }: RecordedEvent): void {
  const { resourceVersion, labels: _, ...metadata } = object.metadata;
  fake.skipTo(Number(resourceVersion) - 1);
  fake.apply(resource, { ...object, metadata } as GivenObject);
}

/** What the watch does not tell of, because it was there. */
function before(
  scene: Scene,
  resource: ResourceName,
  from: number,
  early: readonly RecordedEvent[],
  late: readonly RecordedEvent[],
): void {
  const { fake } = scene;
  const known = new Set(early.map(({ object }) => object.metadata["name"]));
  for (const { type, object } of late) {
    if (type === "BOOKMARK" || known.has(object.metadata["name"])) continue;
    known.add(object.metadata["name"]);
    const { resourceVersion: _, ...metadata } = object.metadata;
    if (type === "ADDED") continue;
    // One that is modified was another before; one that is deleted was the same.
    const was = type === "DELETED" ? metadata : { ...metadata, generation: 0 };
    fake.apply(resource, { ...object, metadata: was } as GivenObject);
  }
  fake.skipTo(from);
  const objects = early.filter(({ type }) => type !== "BOOKMARK");
  for (const event of objects.sort((a, b) => byVersion(a.object, b.object))) happen(fake, resource, event);
}
