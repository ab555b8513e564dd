import { until } from "@namerkit/testing";
import { describe, expect, it, vi } from "vitest";
import { ConsulAgent, consulBinary } from "../support/consul-agent.js";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

// Where there is no Consul this is not run, and `npm test` says why.
const real = describe.skipIf(consulBinary === undefined);

const config = (port: number): string => `
admin: { port: 0 }
namers:
- kind: io.l5d.consul
  host: 127.0.0.1
  port: ${port}
  useHealthCheck: true
  waitMs: 5000
routers:
- protocol: http
  label: /http-consul
  interpreter:
    kind: io.l5d.consul.interpreter
    host: 127.0.0.1
    port: ${port}
    namespace: web
    waitMs: 5000
  servers:
  - port: 0
`;
const said = (text: string) => serve((_, response) => response.end(text));
const to = (service: string): string => `/svc => /#/io.l5d.consul/dc1 ; /svc/web => /#/io.l5d.consul/dc1/${service} ;`;

real("routes and names in a real Consul, through the proxy", () => {
  it("are followed through edits, mistakes and a restart, without a request that fails", {
    timeout: 120_000,
  }, async () => {
    await using one = await said("one");
    await using two = await said("two");
    await using agent = await ConsulAgent.start({ keeps: true });
    await agent.register("one", "127.0.0.1", { Port: one.port });
    await agent.register("two", "127.0.0.1", { Port: two.port });
    const route = (text: string) => agent.put("/v1/kv/namerd/dtabs/web", text);
    await route(to("one"));
    await using proxy = await TestProxy.start(config(agent.port));

    const answers: string[] = [];
    let over = false;
    const client = (async () => {
      while (!over) {
        const { status, body } = await proxy.get("web");
        answers.push(status === 200 ? body : `${status} ${body}`);
      }
    })();
    const from = async (expected: string) => {
      const start = answers.length;
      await until(() => answers.slice(start).includes(expected), { what: expected, timeoutMs: 40_000 });
    };
    const page = "/http-consul/interpreter_state/io.l5d.consul.interpreter.json";
    const state = async () => (await proxy.admin(page)) as { dtab: string; freshness: { state: string } };
    const fresh = (wanted: string) =>
      until(async () => (await state()).freshness.state === wanted, { what: wanted, timeoutMs: 40_000 });

    await from("one");
    await route(to("two"));
    await from("two");
    await route("/svc => what?");
    await fresh("stale");
    await from("two");
    await route(to("one"));
    await from("one");
    await agent.kill();
    await fresh("stale");
    await from("one");
    await agent.begin();
    await route(to("two"));
    await from("two");
    await fresh("live");
    const names = () => proxy.admin("/namer_state/io.l5d.consul.json");
    const known = { "/dc1/two": { poll: { response: { value: [{ ServicePort: two.port }] } } } };
    await vi.waitFor(async () => expect(await names()).toMatchObject(known), { timeout: 40_000 });
    expect((await state()).dtab).toContain("/svc/web=>/#/io.l5d.consul/dc1/two");
    over = true;
    await client;
    expect(new Set(answers)).toEqual(new Set(["one", "two"]));
    expect(await proxy.admin("/bound-names.json")).toContain("/#/io.l5d.consul/dc1/one");
  });
});
