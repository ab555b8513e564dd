import process from "node:process";
import { Addr, address, addressesOf, type InetResolver, Path, Var } from "@namerkit/core";
import { k8sNamer } from "@namerkit/k8s";
import { until } from "@namerkit/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../support/http.js";
import { RealApi } from "../support/k8s-api.js";
import { TestProxy } from "../support/proxy.js";

/** A kubeconfig of somebody who may create namespaces. Without one there is no API server to be had. */
const kubeconfig = process.env["NAMERKIT_K8S"];

const subsets = (ips: readonly string[], notReady: readonly string[] = [], port = 8080) => [
  {
    ...(ips.length > 0 && { addresses: ips.map((ip) => ({ ip })) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.map((ip) => ({ ip })) }),
    ports: [{ name: "http", port }],
  },
];

describe.skipIf(kubeconfig === undefined)("a real API server (NAMERKIT_K8S)", () => {
  let api: RealApi;
  const ending: (() => void)[] = [];

  beforeAll(async () => {
    api = await RealApi.start(kubeconfig ?? "");
    // Without a selector: nobody else keeps its Endpoints.
    await api.put("services", "web", { spec: { ports: [{ name: "http", port: 80, targetPort: "web" }] } });
    await api.put("endpoints", "web", { subsets: subsets(["192.0.2.1", "192.0.2.2"]) });
  });
  afterEach(() => {
    for (const end of ending.splice(0)) end();
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  function watch(path: string, scope: "auto" | "service" | "namespace" | "cluster" = "auto") {
    const closing = new AbortController();
    const namer = k8sNamer({ kubeconfig: kubeconfig ?? "", scope }, { shutdown: closing.signal });
    const seen: string[] = [];
    const handle = addressesOf(namer, Path.parse(path.replace("NS", api.namespace))).observe((addr: Addr) => {
      const text = (all: Extract<Addr, { type: "bound" }>) =>
        all.addresses.map(({ ip, port }) => `${ip}:${port}`).sort();
      seen.push(addr.type === "bound" ? text(addr).join() : addr.type === "failed" ? addr.error.message : addr.type);
    });
    ending.push(() => {
      handle.close();
      closing.abort();
    });
    const is = (what: string) =>
      until(() => seen.at(-1) === what, { timeoutMs: 20_000, what: `${what}, after ${seen}` });
    return { seen, is };
  }

  it.each(["service", "namespace", "cluster"] as const)("is followed, by one watch for each %s", async (scope) => {
    const [named, numbered] = [watch("/NS/http/web", scope), watch("/NS/80/web", scope)];
    await named.is("192.0.2.1:8080,192.0.2.2:8080");
    await numbered.is("192.0.2.1:8080,192.0.2.2:8080");
    await api.put("endpoints", "web", { subsets: subsets(["192.0.2.3"], ["192.0.2.4"], 9090) });
    await named.is("192.0.2.3:9090");
    await numbered.is("192.0.2.3:9090");
    await api.put("endpoints", "web", { subsets: subsets([], ["192.0.2.4"]) });
    await named.is("neg");
    await api.put("endpoints", "web", { subsets: subsets(["192.0.2.1", "192.0.2.2"]) });
    await named.is("192.0.2.1:8080,192.0.2.2:8080");
  });

  it("tells of what comes and goes", async () => {
    const one = watch("/NS/http/other");
    await one.is("neg");
    await api.put("services", "other", { spec: { ports: [{ name: "http", port: 80 }] } });
    await api.put("endpoints", "other", { subsets: subsets(["192.0.2.9"]) });
    await one.is("192.0.2.9:8080");
    await api.remove("endpoints", "other");
    await one.is("neg");
    await api.remove("services", "other");
  });

  it("has services that are other names", async () => {
    await api.put("services", "alias", { spec: { type: "ExternalName", externalName: "127.0.0.1" } });
    const one = watch("/NS/8443/alias");
    await one.is("127.0.0.1:8443");
  });

  it("routes requests, by an Ingress and by a dtab in a ConfigMap", async () => {
    await using endpoint = await serve((_, response) => void response.end("here"));
    // The API takes no loopback address for an endpoint.
    await api.put("services", "local", { spec: { type: "ExternalName", externalName: "127.0.0.1" } });
    const service = { name: "local", port: { number: endpoint.port } };
    const http = { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] };
    const rules = [{ host: "shop.example", http }];
    await api.put("ingresses", "shop", { spec: { rules } }, "apis/networking.k8s.io/v1");
    await api.put("configmaps", "names", { data: { dtab: "/svc/other => /svc/nowhere" } });
    const inet: InetResolver = (host, port) => Var.value(Addr.bound([address(host, port)]));
    const at = `kubeconfig: ${kubeconfig}, namespace: ${api.namespace}`;
    const router = (fields: string): string => `
admin: { port: 0 }
namers: [{ kind: io.l5d.k8s, kubeconfig: ${kubeconfig} }]
routers:
- protocol: http
  servers: [{ port: 0 }]
  ${fields}
`;
    const ingress = `identifier: { kind: io.l5d.ingress, ${at} }\n  dtab: /svc => /#/io.l5d.k8s`;
    await using byIngress = await TestProxy.start(router(ingress), ".", { inet });
    expect((await byIngress.get("shop.example")).body).toBe("here");
    expect((await byIngress.get("other.example")).status).toBe(400);
    const configMap = `interpreter: { kind: io.l5d.k8s.configMap, experimental: true, ${at}, name: names, filename: dtab }`;
    await using byDtab = await TestProxy.start(router(configMap), ".", { inet });
    expect((await byDtab.get("web")).status).toBe(502);
    const dtab = `/svc/web => /#/io.l5d.k8s/${api.namespace}/${endpoint.port}/local`;
    await api.put("configmaps", "names", { data: { dtab } });
    await until(async () => (await byDtab.get("web")).body === "here", { timeoutMs: 20_000 });
  });

  it("knows no namespace that is not there, which is no failure", async () => {
    const one = watch("/no-such-namespace/http/web");
    await one.is("neg");
    expect(one.seen.filter((text) => !["pending", "neg"].includes(text))).toEqual([]);
  });
});
