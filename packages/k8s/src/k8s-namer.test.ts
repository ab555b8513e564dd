import { type Namer, Path, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { service, slice } from "../test-support/objects.js";
import { TestApi } from "../test-support/test-api.js";
import { checkExternalOptions, checkNamespaceOptions, type K8sOptions } from "./config/namer-config.js";
import { createK8sExternalNamer, createK8sNamespaceNamer } from "./k8s-namer.js";
import { k8sNamer } from "./standalone.js";

let api: TestApi;
const open: Seen[] = [];
const closing: AbortController[] = [];

const at = () => ({ host: "127.0.0.1", port: api.port, lingerMs: 0 });
function env() {
  const ending = new AbortController();
  closing.push(ending);
  return { ...testEnv({ prefix: Path.parse("/#/io.l5d.k8s") }), clock: systemClock, shutdown: ending.signal };
}
const namerWith = (more: K8sOptions = {}): Namer => k8sNamer({ ...at(), ...more }, env());
function see(path: string, more: K8sOptions | Namer = {}): Seen {
  const seen = new Seen("lookup" in more ? more : namerWith(more), path);
  open.push(seen);
  return seen;
}

async function fails(seen: Seen, message: RegExp): Promise<void> {
  await seen.is(/^failed/);
  expect(seen.error).toMatch(message);
}

beforeEach(async () => {
  api = await TestApi.start();
  service(api, "web", { http: 80, admin: 81 });
  slice(api, "web-1", {
    service: "web",
    ports: { http: 8080, admin: 9990 },
    pods: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }],
  });
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  for (const one of closing.splice(0)) one.abort();
  await api[Symbol.asyncDispose]();
});

describe("names", () => {
  it("are bound to the pods of a port, by its name and by the number of the Service's port, and follow them", async () => {
    const named = see("/prod/http/web");
    const numbered = see("/prod/81/web");
    await named.has("10.0.0.1:8080", "10.0.0.2:8080");
    await numbered.has("10.0.0.1:9990", "10.0.0.2:9990");
    slice(api, "web-1", { service: "web", ports: { http: 8080, admin: 9990 }, pods: [{ ip: "10.0.0.3" }] });
    await named.has("10.0.0.3:8080");
    await numbered.has("10.0.0.3:9990");
    api.remove("endpointslices", "prod", "web-1");
    await named.is("neg");
    slice(api, "web-2", { service: "web", pods: [{ ip: "10.0.0.4" }] });
    await named.has("10.0.0.4:8080");
    expect(named.inner.size).toBe(1);
  });

  it("have canonical ids, and what follows them is the residual", async () => {
    const namer = namerWith();
    const seen = see("/Prod/HTTP/Web/a/b", namer);
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    expect(seen.tree).toBe("/#/io.l5d.k8s/prod/http/web + /a/b");
  });

  it.each([
    "/prod/http",
    "/prod/http/nothing",
    "/prod/82/web",
    "/prod/grpc/web",
    "/other/http/web",
    "/prod/http/web.a.b",
    "/pr_od/http/web",
    "/prod/http/..",
  ])("%s is Neg", async (path) => {
    await see(path).is("neg");
  });

  it("never combine the addresses of one set with the ports of another", async () => {
    slice(api, "web-2", { service: "web", ports: { http: 9000 }, pods: [{ ip: "10.0.0.9" }] });
    await see("/prod/http/web").has("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.9:9000");
    await see("/prod/80/web").has("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.9:9000");
    await see("/prod/admin/web").has("10.0.0.1:9990", "10.0.0.2:9990");
  });

  it("find the only port of a service by its number, though it has no name", async () => {
    service(api, "plain", { "": 80 });
    slice(api, "plain-1", { service: "plain", ports: { "": 3000 }, pods: [{ ip: "10.0.1.1" }] });
    await see("/prod/80/plain").has("10.0.1.1:3000");
  });

  it("tell apart pods of a headless service by their host names", async () => {
    slice(api, "db-1", {
      service: "db",
      ports: { sql: 5432 },
      pods: [
        { ip: "10.0.2.1", hostname: "db-0" },
        { ip: "10.0.2.2", hostname: "db-1" },
      ],
    });
    await see("/prod/sql/db-1.db").has("10.0.2.2:5432");
    await see("/prod/sql/db-2.db").is("neg");
    await see("/prod/sql/db").has("10.0.2.1:5432", "10.0.2.2:5432");
  });

  it("may have the value of a label, which is case-sensitive", async () => {
    slice(api, "web-1", { service: "web", pods: [{ ip: "10.0.0.1" }], labels: { track: "Stable" } });
    slice(api, "web-2", { service: "web", pods: [{ ip: "10.0.0.2" }], labels: { track: "canary" } });
    const namer = namerWith({ labelSelector: "track" });
    await see("/prod/http/web/Stable", namer).has("10.0.0.1:8080");
    await see("/prod/http/web/canary/rest", namer).has("10.0.0.2:8080");
    await see("/prod/http/web/stable", namer).is("neg");
    await see("/prod/http/web", namer).is("neg");
    expect(open[0]?.tree).toBe("/#/io.l5d.k8s/prod/http/web/Stable");
  });

  it("lead to the host of a service that is only another name", async () => {
    service(api, "shop", {}, { spec: { type: "ExternalName", externalName: "127.0.0.1" } });
    service(api, "named", { https: 443 }, { spec: { type: "ExternalName", externalName: "127.0.0.1" } });
    await see("/prod/8443/shop").has("127.0.0.1:8443");
    await see("/prod/https/named").has("127.0.0.1:443");
    await see("/prod/80/named").is("neg");
  });
});

describe("endpoints", () => {
  const pods = [
    { ip: "10.0.0.1", ready: false, serving: true, terminating: true, node: "n1", zone: "a" },
    { ip: "10.0.0.2", ready: false, serving: false },
  ];

  it("are those that are ready; those that still serve on their way out where there is no other", async () => {
    slice(api, "web-1", { service: "web", pods: [...pods, { ip: "10.0.0.3" }] });
    const seen = see("/prod/http/web");
    await seen.has("10.0.0.3:8080");
    slice(api, "web-1", { service: "web", pods });
    await seen.has("10.0.0.1:8080");
    slice(api, "web-1", { service: "web", pods: pods.slice(1) });
    await seen.is("neg");
    await see("/prod/http/web", { notReady: true }).has("10.0.0.2:8080");
  });

  it("carry node and zone", async () => {
    slice(api, "web-1", { service: "web", pods: [{ ip: "10.0.0.1", node: "n1", zone: "a" }] });
    const seen = see("/prod/http/web");
    await seen.has("10.0.0.1:8080");
    expect(seen.addrs.at(-1)).toMatchObject({ addresses: [{ meta: { nodeName: "n1", zone: "a" } }] });
  });

  it("are of one family, unless both are wanted", async () => {
    slice(api, "web-6", { service: "web", family: "IPv6", ports: { http: 8080 }, pods: [{ ip: "fd00::1" }] });
    await see("/prod/http/web").has("10.0.0.1:8080", "10.0.0.2:8080");
    await see("/prod/http/web", { ipFamily: "IPv6" }).has("fd00::1:8080");
    await see("/prod/http/web", { ipFamily: "both" }).has("10.0.0.1:8080", "10.0.0.2:8080", "fd00::1:8080");
    api.remove("endpointslices", "prod", "web-1");
    await see("/prod/http/web").has("fd00::1:8080");
  });

  it("are those that are meant for our zone, where all have hints", async () => {
    const hinted = [
      { ip: "10.0.0.1", forZones: ["a"] },
      { ip: "10.0.0.2", forZones: ["b"] },
    ];
    slice(api, "web-1", { service: "web", pods: hinted });
    const seen = see("/prod/http/web", { zone: "b" });
    await seen.has("10.0.0.2:8080");
    slice(api, "web-1", { service: "web", pods: [...hinted, { ip: "10.0.0.3" }] });
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
    await see("/prod/http/web", { zone: "c" }).has("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
  });

  it("are counted once, though two slices have them", async () => {
    slice(api, "web-2", { service: "web", pods: [{ ip: "10.0.0.1" }] });
    await see("/prod/http/web").has("10.0.0.1:8080", "10.0.0.2:8080");
  });
});

describe("Endpoints in the place of EndpointSlices", () => {
  const subsets = [
    { addresses: [{ ip: "10.0.0.1", nodeName: "n1" }], ports: [{ name: "http", port: 8080 }] },
    { addresses: [{ ip: "10.0.0.2" }], notReadyAddresses: [{ ip: "10.0.0.3" }], ports: [{ name: "http", port: 9090 }] },
    { addresses: [{ ip: "10.0.0.4" }], ports: [{ name: "http", port: 53, protocol: "UDP" }] },
  ];

  it("are used where the API has no others", async () => {
    api.old = true;
    api.apply("endpoints", "prod", "web", { subsets });
    const seen = see("/prod/http/web");
    await seen.has("10.0.0.1:8080", "10.0.0.2:9090");
    api.apply("endpoints", "prod", "web", {});
    await seen.is("neg");
  });

  it("are used where the account may read no others", async () => {
    api.refuse = (path) => (path.includes("endpointslices") ? 403 : undefined);
    api.apply("endpoints", "prod", "web", { subsets });
    await see("/prod/80/web").has("10.0.0.1:8080", "10.0.0.2:9090");
  });
});

describe("rights", () => {
  it("that are missing are told in the API's words, and found when they are given", async () => {
    api.refuse = () => 403;
    const seen = see("/prod/http/web");
    await fails(seen, /endpointslices is forbidden/);
    api.refuse = () => undefined;
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
  });

  it("that come while the API has no EndpointSlices lead to Endpoints without delay", async () => {
    api.refuse = () => 403;
    api.old = true;
    api.apply("endpoints", "prod", "web", {
      subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ name: "http", port: 8080 }] }],
    });
    const seen = see("/prod/80/web");
    await fails(seen, /is forbidden/);
    api.refuse = () => undefined;
    await seen.has("10.0.0.1:8080");
  });

  it("to read Services are needed for numbers only", async () => {
    api.refuse = (path) => (path.includes("services") ? 403 : undefined);
    await see("/prod/http/web").has("10.0.0.1:8080", "10.0.0.2:8080");
    await fails(see("/prod/80/web"), /services is forbidden/);
    await see("/prod/http/nothing").is("neg");
  });

  it("come from a token in its file, which is read again", async () => {
    api.refuse = (_, headers) => (headers.authorization === "Bearer s3cret" ? undefined : 401);
    const seen = see("/prod/http/web", { token: "s3cret" });
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    await fails(see("/prod/http/web", { token: "other" }), /status 401/);
  });
});

describe("watches", () => {
  it("are for one service at first, then for the namespace, then for the cluster; nobody notices", async () => {
    const namer = namerWith();
    const seen = see("/prod/http/web", namer);
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    expect(api.asked.some((url) => /endpointslices\?labelSelector=kubernetes.io%2Fservice-name%3Dweb/.test(url))).toBe(
      true,
    );
    for (let i = 0; i < 5; i++) {
      slice(api, `s${i}-x`, { service: `s${i}`, pods: [{ ip: `10.1.0.${i + 1}` }] });
      await see(`/prod/http/s${i}`, namer).has(`10.1.0.${i + 1}:8080`);
    }
    await until(() => api.watches === 2);
    expect(api.asked.some((url) => /\/namespaces\/prod\/endpointslices\?allow/.test(url))).toBe(true);
    for (let i = 0; i < 9; i++) {
      slice(api, "x-1", { namespace: `ns${i}`, service: "x", pods: [{ ip: `10.2.0.${i + 1}` }] });
      await see(`/ns${i}/http/x`, namer).has(`10.2.0.${i + 1}:8080`);
    }
    await until(() => api.asked.some((url) => /\/v1\/endpointslices\?allow/.test(url)));
    await until(() => api.watches === 2, { timeoutMs: 30_000 });
    slice(api, "web-1", { service: "web", pods: [{ ip: "10.0.0.7" }] });
    await seen.has("10.0.0.7:8080");
    expect(seen.inner.size).toBe(1);
    expect(seen.trees).not.toContain("neg");
  }, 60_000);

  it("stay narrow where the API allows no more", async () => {
    api.refuse = (path) => (/\/v1\/(endpointslices|services)$/.test(path) ? 403 : undefined);
    const namer = namerWith();
    for (let i = 0; i < 12; i++) {
      slice(api, "x-1", { namespace: `ns${i}`, service: "x", pods: [{ ip: `10.2.0.${i + 1}` }] });
      await see(`/ns${i}/http/x`, namer).has(`10.2.0.${i + 1}:8080`);
    }
    expect(open.flatMap(({ trees }) => trees).filter((tree) => tree.startsWith("failed"))).toEqual([]);
  });

  it("are as wide as the configuration says", async () => {
    await see("/prod/http/web", { scope: "cluster" }).has("10.0.0.1:8080", "10.0.0.2:8080");
    expect(api.asked.every((url) => /^\/(api|apis\/[^/]+)\/v1\/(endpointslices|services)\?/.test(url))).toBe(true);
  });

  it("end with the last who wants to know", async () => {
    const seen = see("/prod/http/web");
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    seen.close();
    closing.at(-1)?.abort();
    await until(() => api.watches === 0);
  });

  it("see what was deleted while they were broken", async () => {
    const seen = see("/prod/http/web");
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    api.drop("reset");
    slice(api, "web-1", { service: "web", pods: [{ ip: "10.0.0.2" }] });
    await seen.has("10.0.0.2:8080");
    expect(seen.trees).not.toContain("neg");
  });
});

describe("io.l5d.k8s.ns", () => {
  it("has its namespace from the environment", async () => {
    const options = checkNamespaceOptions({ ...at(), envVar: "MY_NS" });
    const seen = see("/http/web/rest", createK8sNamespaceNamer(options, env(), { environment: { MY_NS: "prod" } }));
    await seen.has("10.0.0.1:8080", "10.0.0.2:8080");
    expect(seen.tree).toBe("/#/io.l5d.k8s/http/web + /rest");
    expect(() => createK8sNamespaceNamer(options, env(), { environment: {} })).toThrow(/MY_NS holds no namespace/);
  });
});

describe("io.l5d.k8s.external", () => {
  it("leads to every address and host of the load balancer, and follows", async () => {
    service(api, "web", { http: 80 }, { ingress: [{ ip: "192.0.2.1" }, { ip: "192.0.2.2" }] });
    const namer = createK8sExternalNamer(checkExternalOptions(at()), env());
    const seen = see("/prod/80/web", namer);
    await seen.has("192.0.2.1:80", "192.0.2.2:80");
    await see("/prod/http/web", namer).has("192.0.2.1:80", "192.0.2.2:80");
    await see("/prod/81/web", namer).is("neg");
    service(api, "web", { http: 80 });
    await seen.is("neg");
  });
});

describe("in a pod", () => {
  it("nothing need be said", async () => {
    const { mkdtemp, writeFile, rm } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const { accessOf } = await import("./access/access.js");
    const folder = await mkdtemp(join(tmpdir(), "namerkit-k8s-"));
    try {
      const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
      const outside = { ...env(), environment, serviceAccount: folder };
      expect(accessOf({}, outside).base).toBe("http://localhost:8001");
      await writeFile(join(folder, "token"), "t0ken\n");
      const access = accessOf({}, outside);
      expect(access).toMatchObject({
        base: "https://[fd00::1]:6443",
        tls: { trustCertsBundle: join(folder, "ca.crt") },
      });
      expect(await access.credentials?.headers()).toEqual({ authorization: "Bearer t0ken" });
      await writeFile(join(folder, "token"), "fresh");
      expect(await access.credentials?.refused?.()).toBe(true);
      expect(await access.credentials?.headers()).toEqual({ authorization: "Bearer fresh" });
      expect(accessOf({ host: "localhost" }, outside).base).toBe("http://localhost:8001");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
