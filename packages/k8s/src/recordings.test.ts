import { Path, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { Seen } from "@namerkit/testing";
import { KubernetesFake } from "@namerkit/testing/kubernetes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { happen, prod, put } from "../../testing/test-support/kubernetes/play.js";
import { eventsOf, type RecordedEvent, recording } from "../../testing/test-support/kubernetes/recording.js";
import type { K8sOptions } from "./config/namer-config.js";
import { k8sNamer } from "./standalone.js";

let fake: KubernetesFake;
let port: number;
const open: Seen[] = [];
let closing: AbortController;

beforeEach(async () => {
  closing = new AbortController();
  fake = new KubernetesFake({ resourceVersion: 0 });
  port = (await fake.listen()).port;
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  closing.abort();
  await fake[Symbol.asyncDispose]();
});

function see(path: string, options: K8sOptions = {}): Seen {
  const env = {
    ...testEnv({ prefix: Path.parse("/#/io.l5d.k8s") }),
    clock: systemClock,
    shutdown: closing.signal,
  };
  const seen = new Seen(k8sNamer({ host: "127.0.0.1", port, lingerMs: 0, ...options }, env), path);
  open.push(seen);
  return seen;
}

const scopes = ["service", "namespace", "cluster"] as const;

describe.each(scopes)("the cluster that was recorded, by %s", (scope) => {
  it("is bound as it was", async () => {
    prod(fake);
    const web = ["10.1.2.1:8080", "10.1.2.2:8080", "10.1.2.4:8081"];
    await see("/prod/http/web", { scope }).has(...web);
    await see("/prod/80/web", { scope }).has(...web);
    await see("/prod/admin/web", { scope }).has("10.1.2.1:9990", "10.1.2.2:9990", "10.1.2.4:9990");
    await see("/prod/80/noselector", { scope }).has("10.1.0.1:8080", "10.1.0.2:8080");
    await see("/prod/8080/headless", { scope }).has("10.1.2.1:8080", "10.1.2.2:8080", "10.1.2.3:8080", "10.1.2.4:8080");
    await see("/prod/http/nosuch", { scope }).is("neg");
    await see("/prod/nosuch/web", { scope }).is("neg");
  });
});

/** Ready addresses of the port http, over all slices. */
function readyIn(slices: ReadonlyMap<string, RecordedEvent["object"]>): string {
  const found: string[] = [];
  for (const slice of slices.values()) {
    const ports = (slice["ports"] ?? []) as { name: string; port: number }[];
    const endpoints = (slice["endpoints"] ?? []) as { addresses: string[]; conditions: { ready?: boolean } }[];
    for (const { port: number } of ports.filter(({ name }) => name === "http")) {
      for (const { addresses, conditions } of endpoints) {
        if (conditions.ready !== false) found.push(`${addresses[0]}:${number}`);
      }
    }
  }
  return [...new Set(found)].sort().join();
}

describe("pods that come, get ready, are deleted and go", () => {
  it.each(["watch-slices-pod-lifecycle", "watch-slices-120-pods"])("%s: ends where the slices do", async (name) => {
    const events = eventsOf(recording(name)).filter(({ type }) => type !== "BOOKMARK");
    const service = name.includes("120") ? "big" : "web";
    const slices = new Map<string, RecordedEvent["object"]>();
    const key = ({ object }: RecordedEvent) => String(object.metadata["name"]);
    // Those that are modified first were there.
    for (const event of events) {
      if (slices.has(key(event)) || event.type === "ADDED") continue;
      slices.set(key(event), event.object);
      put(fake, "endpointslices", event.object);
    }
    const seen = see(`/prod/http/${service}`, { scope: "namespace" });
    await seen.is(readyIn(slices) === "" ? "neg" : /./);
    const real = new Set([readyIn(slices)]);
    for (const event of events) {
      if (event.type === "DELETED") slices.delete(key(event));
      else slices.set(key(event), event.object);
      happen(fake, "endpointslices", event);
      real.add(readyIn(slices));
    }
    const last = readyIn(slices);
    if (last === "") await seen.is("neg");
    else await seen.has(...last.split(","));
    // Nothing was shown that has never been.
    for (const addr of seen.addrs) {
      if (addr.type !== "bound") continue;
      expect([...real]).toContain(
        addr.addresses
          .map(({ ip, port: number }) => `${ip}:${number}`)
          .sort()
          .join(),
      );
    }
  });
});
