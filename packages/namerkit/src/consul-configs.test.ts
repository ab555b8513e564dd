import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "@namerkit/config";
import { Dtab, Path, resolve } from "@namerkit/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { namingOf } from "./naming.js";
import { officialRegistry } from "./registry.js";

let consul: Server;
let port: number;
let asked: string[];
beforeEach(async () => {
  asked = [];
  consul = createServer(({ url = "" }, response) => {
    asked.push(url);
    // Polls are held for as long as the test lasts.
    if (url.includes("index=")) return;
    response.setHeader("x-consul-index", "20");
    const dtab = "/svc => /#/io.l5d.consul/dc1/prod ;\n";
    response.end(url.startsWith("/v1/kv/") ? dtab : JSON.stringify([instance]));
  }).listen(0, "127.0.0.1");
  await new Promise((done) => consul.once("listening", done));
  port = (consul.address() as AddressInfo).port;
});
afterEach(() => {
  consul.closeAllConnections();
  consul.close();
});

const instance = { Node: "a", Address: "10.0.0.1", ServiceID: "web-1", ServiceName: "web", ServicePort: 80 };
const serve = "servers: [{ port: 4140, ip: 0.0.0.0 }]";

/** What public configurations of Linkerd have of Consul, each in an example of our own. */
const configs: Record<string, [text: (at: string) => string, path: string, questions: readonly string[]]> = {
  "the catalogue, names by the path of a request": [
    (at) => `admin: { ip: 0.0.0.0, port: 9990 }
namers:
- kind: io.l5d.consul
  includeTag: false
  useHealthCheck: false
  ${at}
routers:
- protocol: http
  label: /http-consul
  service: { responseClassifier: { kind: io.l5d.http.retryableIdempotent5XX } }
  identifier: { kind: io.l5d.path, segments: 1, consume: true }
  dtab: |
    /svc => /#/io.l5d.consul/dc1;
  ${serve}
  client: { requeueBudget: { percentCanRetry: 5.0 } }
usage: { orgId: somebody }
`,
    "/svc/web",
    ["/v1/catalog/service/web?dc=dc1"],
  ],
  "a tag in the dtab": [
    (at) => `namers:
- kind: io.l5d.consul
  includeTag: true
  useHealthCheck: false
  ${at}
routers:
- protocol: http
  dtab: |
    /svc     => /#/io.l5d.consul/dc1/prod;
  ${serve}
`,
    "/svc/web",
    ["/v1/catalog/service/web?dc=dc1&tag=prod"],
  ],
  "the dtab in the key-value store": [
    (at) => `admin: { ip: 0.0.0.0, port: 9990 }
namers: [{ kind: io.l5d.consul, includeTag: true, ${at.replace("\n  ", ", ")} }]
routers:
- protocol: http
  ${serve}
  interpreter:
    kind: io.l5d.consul.interpreter
    namespace: internal
    ${at.replace("\n", "\n  ")}
`,
    "/svc/web",
    ["/v1/kv/namerd/dtabs/internal?raw", "/v1/catalog/service/web?dc=dc1&tag=prod"],
  ],
  "every field at once": [
    (at) => `namers:
- kind: io.l5d.consul
  prefix: /consul
  includeTag: false
  useHealthCheck: true
  healthStatuses: [passing, warning]
  token: 5e0c9f3a
  setHost: true
  consistencyMode: stale
  failFast: true
  preferServiceAddress: false
  weights: [{ tag: primary, weight: 100 }]
  fixedLengthStreamedAfterKB: 10240
  transferMetadata: true
  tls: { enabled: false }
  ${at}
routers:
- protocol: http
  dtab: /svc => /#/consul/.local
  ${serve}
`,
    "/svc/web",
    ["/v1/agent/self?stale", "/v1/health/service/web?stale"],
  ],
};

describe("configurations of Linkerd with Consul", () => {
  it.each(Object.entries(configs))("%s: loads and binds", async (_, [text, path, questions]) => {
    const config = text(`host: 127.0.0.1\n  port: ${port}`);
    const { plan, problems } = await loadConfig({ text: config, file: "l5d.yaml", baseDir: "/" }, officialRegistry());
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    if (plan === undefined) throw new Error("there is no plan");
    const naming = namingOf(plan, undefined);
    const seen: string[] = [];
    const dtab = plan.routers[0]?.dtab ?? Dtab.empty;
    const handle = resolve(naming.interpreter.bind(dtab, Path.parse(path))).observe((addr) =>
      seen.push(addr.type === "bound" ? addr.addresses.map((one) => `${one.ip}:${one.port}`).join() : addr.type),
    );
    try {
      await vi.waitFor(() => expect(seen.at(-1)).toBe("10.0.0.1:80"), { timeout: 30_000 });
      // Each once: a busy machine may have to ask something again.
      const plain = asked.filter((one) => !one.includes("index=")).map((one) => one.replace("stale=true", "stale"));
      expect([...new Set(plain)]).toEqual(questions);
    } finally {
      handle.close();
      naming[Symbol.dispose]();
    }
  });

  it.each([
    ["healthStatuses: [Passing]", "Illegal Consul health status: Passing"],
    ["consistencyMode: weak", "Illegal Consul consistency mode level: weak"],
    [
      "tls: { trustCerts: [a.pem], trustCertsBundle: b.pem }",
      "Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle.",
    ],
    ["portt: 8500", "port"],
    ["port: '8500'", "expected a port"],
  ])("%s: refused, with the place", async (line, message) => {
    const text = `namers:\n- kind: io.l5d.consul\n  ${line}\nrouters:\n- protocol: http\n  ${serve}\n`;
    const { problems } = await loadConfig({ text, file: "l5d.yaml", baseDir: "/" }, officialRegistry());
    const [problem] = problems.filter(({ severity }) => severity === "error");
    expect(problem).toMatchObject({ line: 3 });
    expect(`${problem?.message} ${problem?.hint}`).toContain(message);
  });
});
