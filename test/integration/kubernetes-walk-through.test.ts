import { request } from "node:http";
import process from "node:process";
import { Addr, address, type InetResolver, Var } from "@namerkit/core";
import { until } from "@namerkit/testing";
import { KubernetesFake } from "@namerkit/testing/kubernetes";
import { describe, expect, it, vi } from "vitest";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

/** A node of the cluster, and a pod on it: one subnet of the loopback. */
const node = "127.0.1.1";
const pod = "127.0.1.10";
const patience = { timeoutMs: 30_000 };
const app = "echo";
const account = "system:serviceaccount:linkerd:default";
/** Of the account with which `kubectl proxy` beside the proxy asks. */
const token = "t0ken";

/** The HTTP routers of a service mesh on each node, as it is usually set up for Linkerd. */
const mesh = (port: number) => `
admin: { port: 0 }
namers:
- { kind: io.l5d.k8s, host: 127.0.0.1, port: ${port} }
- kind: io.l5d.k8s
  host: 127.0.0.1
  port: ${port}
  prefix: /io.l5d.k8s.http
  transformers:
  - { kind: io.l5d.k8s.daemonset, k8sHost: 127.0.0.1, k8sPort: ${port}, namespace: linkerd, port: http-incoming, service: l5d }
- { kind: io.l5d.rewrite, prefix: /portNsSvcToK8s, pattern: "/{port}/{ns}/{svc}", name: "/k8s/{ns}/{port}/{svc}" }
telemetry:
- kind: io.l5d.prometheus
- { kind: io.l5d.recentRequests, sampleRate: 0.25 }
usage: { enabled: false }
routers:
- label: http-outgoing
  protocol: http
  servers: [{ port: 0 }]
  dtab: |
    /ph  => /$/io.buoyant.rinet ;
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
      tls: { commonName: "{service}" }
- label: http-incoming
  protocol: http
  servers: [{ ip: ${node}, port: 0 }]
  interpreter:
    kind: default
    transformers: [{ kind: io.l5d.k8s.localnode }]
  dtab: |
    /k8s => /#/io.l5d.k8s ;
    /portNsSvc => /#/portNsSvcToK8s ;
    /host => /portNsSvc/http/default ;
    /host => /portNsSvc/http ;
    /svc => /$/io.buoyant.http.domainToPathPfx/host ;
`;

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** As a client does that has http_proxy set. */
function curl(proxyPort: number, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({
      host: "127.0.0.1",
      port: proxyPort,
      path: `http://${host}/`,
      headers: { host },
      agent: false,
    });
    asking.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asking.on("error", reject).end();
  });
}

// Only Linux listens on all of 127/8 without further ado.
describe.skipIf(process.platform !== "linux")("Linkerd's service mesh on Kubernetes, step by step", () => {
  it("goes from no rights to both names of a service", { timeout: 120_000 }, async () => {
    vi.stubEnv("POD_IP", node);
    await using fake = new KubernetesFake();
    const api = await fake.listen();
    await using backEnd = await serve(
      ({ headers }, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(headers));
      },
      { host: pod },
    );
    const service = (targetPort: number) =>
      fake.service("default", app, { ports: [{ name: "http", port: 80, targetPort }] });
    // At first the service has a port at which nobody listens.
    service(9);
    fake.pods("default", app, [{ ip: pod }]);
    fake.rights.grant(token, [], account);
    fake.rights.proxied = token;
    const dns: InetResolver = (host, port) => {
      if (host !== `${app}.default.svc.cluster.local` || port !== 80) return Var.value(Addr.neg);
      return Var.value(Addr.bound([address(pod, backEnd.port)]));
    };
    await using proxy = await TestProxy.start(mesh(api.port), ".", { inet: dns });
    const [outgoing = 0, incoming = 0] = proxy.ports;
    fake.service("linkerd", "l5d", { ports: [{ name: "http-incoming", port: 4141, targetPort: incoming }] });
    fake.pods("linkerd", "l5d", [{ ip: node }]);

    // Nobody has given the account any rights: the answer says so, and does not take ten seconds to say nothing.
    const forbidden = await curl(outgoing, app);
    expect([forbidden.status, forbidden.body]).toEqual([
      502,
      expect.stringContaining(`is forbidden: User "${account}" cannot`),
    ]);
    expect(forbidden.body).toContain(`/svc/${app}`);
    expect(decodeURIComponent(String(forbidden.headers["l5d-err"]).replaceAll("+", " "))).toContain("is forbidden");

    // Rights are given: nothing has to be restarted.
    fake.rights.grant(token, [{ resources: ["endpoints", "endpointslices", "services"] }], account);
    const refused = await until(async () => {
      const answer = await curl(outgoing, app);
      return answer.body.startsWith("Unable to establish connection") && answer;
    }, patience);
    expect(refused.status).toBe(502);
    // What the proxy at the service's node has to say is passed on by the one that was asked.
    expect(refused.headers["via"]).toBe("1.1 linkerd, 1.1 linkerd");
    expect(refused.body.split("\n")).toEqual(
      expect.arrayContaining([
        `service name: /svc/${app}`,
        `client name: /%/io.l5d.k8s.localnode/${node}/#/io.l5d.k8s/default/http/${app}`,
        `addresses: [${pod}:9]`,
        `selected address: ${pod}:9`,
        "dtab resolution:",
      ]),
    );

    // The port is mended: still nothing has to be restarted.
    service(backEnd.port);
    const found = await until(async () => {
      const answer = await curl(outgoing, app);
      return answer.status === 200 && answer;
    }, patience);
    expect(found.headers["via"]).toBe("1.1 linkerd, 1.1 linkerd");
    expect(found.headers["l5d-success-class"]).toBe("1.0");
    expect(JSON.parse(found.body)).toMatchObject({
      host: app,
      via: "1.1 linkerd, 1.1 linkerd",
      "l5d-dst-service": `/svc/${app}`,
      "l5d-dst-client": `/%/io.l5d.k8s.localnode/${node}/#/io.l5d.k8s/default/http/${app}`,
    });

    // With its namespace, too; and by the name that DNS has for it, which is for the outgoing router alone.
    expect((await curl(outgoing, `${app}.default`)).status).toBe(200);
    const byDns = await curl(outgoing, `${app}.default.svc.cluster.local`);
    expect([byDns.status, byDns.headers["via"]]).toEqual([200, "1.1 linkerd"]);
    expect(JSON.parse(byDns.body)["l5d-dst-client"]).toBe(`/$/io.buoyant.rinet/80/${app}.default.svc.cluster.local`);
    vi.unstubAllEnvs();
  });
});
