import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "@namerkit/config";
import { Path, resolve } from "@namerkit/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { namingOf } from "./naming.js";
import { officialRegistry } from "./registry.js";

/** Endpoints by namespace and service; those of the mesh are on the nodes of the others. */
const cluster: Readonly<
  Record<string, { readonly ports: Readonly<Record<string, number>>; readonly ips: readonly string[] }>
> = {
  "default/world": { ports: { http: 7777 }, ips: ["10.1.0.7", "10.1.1.7"] },
  "default/world-v1": { ports: { http: 7778 }, ips: ["10.1.0.8"] },
  "shop/cart": { ports: { http: 8080 }, ips: ["10.1.1.9"] },
  "mesh/l5d": { ports: { incoming: 4141, "http-incoming": 4142 }, ips: ["10.1.0.2", "10.1.1.2", "10.1.2.2"] },
};

let api: Server;
let port: number;
beforeEach(async () => {
  vi.stubEnv("POD_IP", "10.1.0.2");
  api = createServer(({ url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://api");
    response.setHeader("content-type", "application/json");
    // Watches are held for as long as the test lasts; lists are not streamed.
    if (searchParams.has("sendInitialEvents")) response.writeHead(422).end("{}");
    else if (searchParams.has("watch")) response.flushHeaders();
    else response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items: itemsOf(pathname, searchParams) }));
  }).listen(0, "127.0.0.1");
  await new Promise((done) => api.once("listening", done));
  port = (api.address() as AddressInfo).port;
});
afterEach(() => {
  vi.unstubAllEnvs();
  api.closeAllConnections();
  api.close();
});

function itemsOf(pathname: string, query: URLSearchParams): readonly object[] {
  const [, namespace = "", resource = ""] = /\/namespaces\/([^/]+)\/(\w+)$/.exec(pathname) ?? [];
  const of = query.get("labelSelector") ?? query.get("fieldSelector") ?? "";
  const service = of.slice(of.indexOf("=") + 1);
  const found = cluster[`${namespace}/${service}`];
  if (found === undefined) return [];
  const ports = Object.entries(found.ports).map(([name, number]) => ({ name, port: number, protocol: "TCP" }));
  if (resource === "endpointslices") {
    const labels = { "kubernetes.io/service-name": service };
    const endpoints = found.ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
    return [{ metadata: { namespace, name: `${service}-x`, labels }, addressType: "IPv4", endpoints, ports }];
  }
  const external = { loadBalancer: { ingress: [{ ip: "203.0.113.5" }] } };
  return [{ metadata: { namespace, name: service }, spec: { ports }, status: external }];
}

type Bound = readonly [router: number, path: string, addresses: string];

/** What public configurations of Linkerd have of Kubernetes, each in an example of our own. */
const configs: Record<string, [text: (at: string) => string, bound: readonly Bound[]]> = {
  "a namer and its external sister": [
    (at) => `namers:
- kind: io.l5d.k8s
  ${at}
- kind: io.l5d.k8s.external
  experimental: true
  ${at}
routers:
- protocol: http
  dtab: |
    /svc     => /#/io.l5d.k8s/default/http;
    /outside => /#/io.l5d.k8s.external/shop/http;
  servers:
  - port: 4140
    ip: 0.0.0.0
`,
    [
      [0, "/svc/world", "10.1.0.7:7777,10.1.1.7:7777"],
      [0, "/outside/cart", "203.0.113.5:8080"],
    ],
  ],
  "a proxy on each node, which is where requests go and come from": [
    (at) => `admin: { ip: 0.0.0.0, port: 9990 }
namers:
- kind: io.l5d.k8s
  ${at}
telemetry:
- kind: io.l5d.prometheus
- kind: io.l5d.recentRequests
  sampleRate: 0.25
usage:
  orgId: somebody
routers:
- protocol: http
  label: outgoing
  originator: true
  dtab: |
    /srv        => /#/io.l5d.k8s/default/http;
    /host       => /srv;
    /svc        => /host;
    /host/world => /srv/world-v1;
  interpreter:
    kind: default
    transformers:
    - kind: io.l5d.k8s.daemonset
      k8sHost: 127.0.0.1
      k8sPort: ${at.slice(at.lastIndexOf(" ") + 1)}
      namespace: mesh
      port: incoming
      service: l5d
      hostNetwork: false
  servers:
  - port: 4140
    ip: 0.0.0.0
  service:
    kind: io.l5d.static
    configs:
    - prefix: /svc/world
      totalTimeoutMs: 100
- protocol: http
  label: incoming
  dtab: |
    /srv        => /#/io.l5d.k8s/default/http;
    /svc        => /srv;
  interpreter:
    kind: default
    transformers:
    - kind: io.l5d.k8s.localnode
      hostNetwork: false
  servers:
  - port: 4141
    ip: 0.0.0.0
`,
    [
      [0, "/svc/world", "10.1.0.2:4141"],
      [1, "/svc/world", "10.1.0.7:7777"],
    ],
  ],
  "a service mesh: transformers of a namer, names rewritten, hosts of any namespace": [
    (at) => `namers:
- kind: io.l5d.k8s
  ${at}
- kind: io.l5d.k8s
  ${at}
  prefix: /io.l5d.k8s.http
  transformers:
  - kind: io.l5d.k8s.daemonset
    k8sHost: 127.0.0.1
    k8sPort: ${at.slice(at.lastIndexOf(" ") + 1)}
    namespace: mesh
    port: http-incoming
    service: l5d
- kind: io.l5d.rewrite
  prefix: /portNsSvcToK8s
  pattern: "/{port}/{ns}/{svc}"
  name: "/k8s/{ns}/{port}/{svc}"
routers:
- label: http-outgoing
  protocol: http
  servers: [{ port: 4140, ip: 0.0.0.0 }]
  dtab: |
    /ph  => /$/io.buoyant.rinet ;                     # anything else is a host
    /svc => /ph/80 ;
    /svc => /$/io.buoyant.porthostPfx/ph ;
    /k8s => /#/io.l5d.k8s.http ;
    /portNsSvc => /#/portNsSvcToK8s ;
    /host => /portNsSvc/http/default ;
    /host => /portNsSvc/http ;
    /svc => /$/io.buoyant.http.domainToPathPfx/host ;
  client:
    kind: io.l5d.static
    configs:
    - prefix: "/$/io.buoyant.rinet/443/{service}"
      tls:
        commonName: "{service}"
- protocol: http
  label: http-ingress
  servers:
    - port: 80
      ip: 0.0.0.0
      clearContext: true
  identifier:
    kind: io.l5d.ingress
    ${at.replace("\n", "\n  ")}
  dtab: /svc => /#/io.l5d.k8s
`,
    [
      [0, "/svc/world", "10.1.0.2:4142,10.1.1.2:4142"],
      [0, "/svc/cart.shop", "10.1.1.2:4142"],
      [1, "/svc/shop/http/cart", "10.1.1.9:8080"],
    ],
  ],
};

describe("configurations of Linkerd with Kubernetes", () => {
  it.each(Object.entries(configs))("%s: loads and binds", { timeout: 60_000 }, async (_, [text, bound]) => {
    const config = text(`host: 127.0.0.1\n  port: ${port}`);
    const { plan, problems } = await loadConfig({ text: config, file: "l5d.yaml", baseDir: "/" }, officialRegistry());
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    if (plan === undefined) throw new Error("there is no plan");
    for (const [router, path, addresses] of bound) {
      const naming = namingOf(plan, plan.routers[router]?.label);
      const seen: string[] = [];
      const handle = resolve(naming.interpreter.bind(naming.router.dtab, Path.parse(path))).observe((addr) => {
        const all = addr.type === "bound" ? addr.addresses.map((one) => `${one.ip}:${one.port}`) : [addr.type];
        seen.push(all.sort().join());
      });
      try {
        await vi.waitFor(() => expect(seen.at(-1)).toBe(addresses), { timeout: 20_000 });
      } finally {
        handle.close();
        naming[Symbol.dispose]();
      }
    }
  });

  it.each([
    ["portt: 8001", "port"],
    ["labelSelector: 5", "expected"],
    ["scope: everything", "service"],
  ])("%s: refused, with the place", async (line, message) => {
    const text = `namers:\n- kind: io.l5d.k8s\n  ${line}\nrouters:\n- protocol: http\n  servers: [{ port: 4140 }]\n`;
    const { problems } = await loadConfig({ text, file: "l5d.yaml", baseDir: "/" }, officialRegistry());
    const [problem] = problems.filter(({ severity }) => severity === "error");
    expect(problem).toMatchObject({ line: 3 });
    expect(`${problem?.message} ${problem?.hint}`).toContain(message);
  });
});
