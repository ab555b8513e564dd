import { until } from "@namerkit/testing";
import { KubernetesFake } from "@namerkit/testing/kubernetes";
import { describe, expect, it } from "vitest";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const patience = { timeoutMs: 30_000 };

const rule = (host: string, path: string, service: string, port: string | number) => ({
  host,
  http: {
    paths: [
      {
        path,
        pathType: "Prefix",
        backend: { service: { name: service, port: typeof port === "number" ? { number: port } : { name: port } } },
      },
    ],
  },
});

const config = (port: number) => `
admin: { port: 0 }
namers: [{ kind: io.l5d.k8s, host: 127.0.0.1, port: ${port} }]
routers:
- protocol: http
  servers: [{ port: 0, clearContext: false }]
  identifier: { kind: io.l5d.ingress, host: 127.0.0.1, port: ${port} }
  dtab: /svc => /#/io.l5d.k8s
`;

describe("requests by the Ingresses of a cluster [parity: ingress]", { timeout: 60_000 }, () => {
  it("go where these say, wait for the first of them, and follow", async () => {
    await using one = await serve((_, response) => void response.end("one"));
    await using two = await serve((_, response) => void response.end("two"));
    await using fake = new KubernetesFake();
    const api = await fake.listen();
    for (const [name, port] of [
      ["one", one.port],
      ["two", two.port],
    ] as const) {
      fake.service("shop", name, { ports: [{ name: "http", port: 80, targetPort: port }] });
      fake.pods("shop", name, [{ ip: "127.0.0.1" }]);
    }
    const ingress = (...rules: object[]) =>
      fake.apply("ingresses", { metadata: { name: "shop", namespace: "shop" }, spec: { rules } });
    ingress(rule("shop.example", "/", "one", "http"), rule("shop.example", "/two", "two", 80));
    await using proxy = await TestProxy.start(config(api.port));
    // All of them come before anything is known.
    const first = await Promise.all(Array.from({ length: 5 }, () => proxy.get("shop.example")));
    expect(first.map(({ body }) => body)).toEqual(Array(5).fill("one"));
    expect((await proxy.get("shop.example:8080", "/two/x?y=/z")).body).toBe("two");
    expect(fake.watches("ingresses")).toBe(1);
    const nobody = await proxy.get("nobody.example");
    expect([nobody.status, nobody.body]).toEqual([400, expect.stringContaining("no ingress rule matches")]);

    ingress(rule("shop.example", "/", "two", "http"));
    await until(async () => (await proxy.get("shop.example")).body === "two", patience);
    // The API is away: what was known holds.
    fake.restart({ killed: true, downMs: 60_000 });
    expect((await proxy.get("shop.example")).body).toBe("two");
  });

  it("fail with what the API says while nothing is known, and are named when rights are given", async () => {
    await using endpoint = await serve((_, response) => void response.end("ok"));
    await using fake = new KubernetesFake();
    const api = await fake.listen();
    fake.service("shop", "web", { ports: [{ name: "http", port: 80, targetPort: endpoint.port }] });
    fake.pods("shop", "web", [{ ip: "127.0.0.1" }]);
    fake.apply("ingresses", {
      metadata: { name: "shop", namespace: "shop" },
      spec: { rules: [rule("shop.example", "/", "web", "http")] },
    });
    fake.rights.grant("t0ken", [], "ann");
    fake.rights.proxied = "t0ken";
    await using proxy = await TestProxy.start(config(api.port));
    const forbidden = await proxy.get("shop.example");
    expect([forbidden.status, forbidden.body]).toEqual([
      503,
      expect.stringContaining('ingresses.networking.k8s.io is forbidden: User "ann" cannot'),
    ]);
    fake.rights.grant("t0ken", [{ resources: ["ingresses", "endpointslices", "services", "endpoints"] }], "ann");
    await until(async () => (await proxy.get("shop.example")).body === "ok", patience);
  });
});
