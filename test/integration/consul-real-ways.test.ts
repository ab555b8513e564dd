import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { testAuthority, until } from "@namerkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { ConsulAgent, consulBinary } from "../support/consul-agent.js";
import { closeNames, Name, namerOf } from "../support/consul-name.js";
import { TestFolder } from "../support/folder.js";
import { root } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

// Where there is no Consul this is not run, and `npm test` says why.
const real = describe.skipIf(consulBinary === undefined);
afterEach(closeNames);

real("a real Consul, reached in other ways", () => {
  it("by TLS with certificates on both sides, over HTTP/2: 400 names over few connections", {
    timeout: 60_000,
  }, async () => {
    const authority = testAuthority();
    const server = authority.issue({ names: ["server.dc1.consul", "localhost"] });
    await using folder = await TestFolder.make();
    const tls = { authority: authority.cert, cert: server.cert, key: server.key };
    await using agent = await ConsulAgent.start({ tls });
    const names = Array.from({ length: 400 }, (_, i) => `s${i}`);
    await agent.registerMany(names.map((name) => [name, "10.0.0.1"]));
    const client = authority.issue({ names: ["client"] });
    const trustCertsBundle = await folder.write("ca.pem", authority.cert);
    const clientAuth = {
      certPath: await folder.write("client.pem", client.cert),
      keyPath: await folder.write("client.key", client.key),
    };
    const options = { host: "127.0.0.1", port: agent.httpsPort };
    const trusting = { trustCertsBundle, commonName: "server.dc1.consul", clientAuth };
    const namer = namerOf(agent, { ...options, waitMs: 60_000, tls: trusting });
    const watched = names.map((name) => new Name(namer, `/dc1/${name}`));
    await until(() => watched.every(({ now }) => now === "10.0.0.1"), { what: "all names", timeoutMs: 30_000 });
    type State = { consul: { slots: number; parked: number; waiting: number; waitMs: number } };
    const transport = () => (namer.state?.() as State | undefined)?.consul;
    // Nobody has to wait for a turn: each has a stream of its own.
    await until(() => transport()?.parked === names.length, { timeoutMs: 30_000 });
    expect(transport()).toMatchObject({ waiting: 0, waitMs: 60_000 });
    await agent.register("s7", "10.0.0.2");
    await watched[7]?.is("10.0.0.1 10.0.0.2");

    const web = (given: object) => new Name(namerOf(agent, { ...options, firstAnswerMs: 500, tls: given }), "/dc1/s1");
    await web({ ...trusting, commonName: undefined }).is(
      /^failed: NAMER_UNAVAILABLE: .*the certificate is for another name/,
    );
    await web({ ...trusting, trustCertsBundle: undefined }).is(
      /^failed: .*the authority of the certificate is not trusted/,
    );
    await web({ ...trusting, clientAuth: undefined }).is(
      /^failed: NAMER_UNAVAILABLE: .*TLS: the server refuses our client/,
    );
    await web({ clientAuth, disableValidation: true }).is("10.0.0.1");
  });

  it("by a socket", async () => {
    await using folder = await TestFolder.make();
    const socket = join(folder.path, "consul.sock");
    await using agent = await ConsulAgent.start({ socket });
    const web = new Name(namerOf(agent, { host: `unix://${socket}` }), "/dc1/web");
    await web.is("neg");
    await agent.register("web", "10.0.0.1");
    await web.is("10.0.0.1");
  });

  it("by the lines in the README", async () => {
    const readme = readFileSync(join(root, "packages/consul/README.md"), "utf8");
    const [, program = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
    await using agent = await ConsulAgent.start();
    await agent.register("web", "10.0.0.1");
    const args = ["--input-type=module", "-", "web", "127.0.0.1", String(agent.port)];
    await using running = new TestProcess(process.execPath, args, { input: program, cwd: join(root, "test") });
    await running.match(/^10\.0\.0\.1:80$/m);
    await agent.register("web", "10.0.0.2");
    await running.match(/^10\.0\.0\.1:80 10\.0\.0\.2:80$|^10\.0\.0\.2:80 10\.0\.0\.1:80$/m);
  });
});

real("a real Consul, asked for other things", () => {
  it("knows what accepts Connect traffic for a service: its proxies, and itself if it can", async () => {
    await using agent = await ConsulAgent.start();
    await agent.register("web", "10.0.0.1");
    const proxy = { ID: "proxy", Name: "web-proxy", Kind: "connect-proxy", Address: "10.0.1.1", Port: 20_000 };
    await agent.put("/v1/agent/service/register", { ...proxy, Proxy: { DestinationServiceName: "web" } });
    const web = new Name(namerOf(agent, { connect: true }), "/dc1/web");
    await web.is("10.0.1.1");
    await agent.register("web", "10.0.0.2", { Connect: { Native: true } });
    await web.is("10.0.0.2 10.0.1.1");
    await new Name(namerOf(agent), "/dc1/web").is("10.0.0.1 10.0.0.2");
  });

  it("has other addresses for other datacenters", { timeout: 60_000 }, async () => {
    await using here = await ConsulAgent.start();
    await using there = await ConsulAgent.start({ datacenter: "dc2", joinWan: here.wanPort });
    const tagged = { lan: { Address: "10.2.0.1", Port: 80 }, wan: { Address: "203.0.113.1", Port: 8080 } };
    await there.register("web", "10.2.0.1", { TaggedAddresses: tagged });
    const joined = async () => (await here.get("/v1/catalog/datacenters")).includes("dc2");
    await until(joined, { what: "dc2", timeoutMs: 20_000 });
    await new Name(namerOf(here, { remoteAddresses: "wan" }), "/dc2/web").is("203.0.113.1", 20_000);
    await new Name(namerOf(here), "/dc2/web").is("10.2.0.1", 20_000);
    await new Name(namerOf(there, { remoteAddresses: "wan" }), "/dc2/web").is("10.2.0.1", 20_000);
  });

  it("says nothing of services to strangers, which the state tells of", async () => {
    await using agent = await ConsulAgent.start({ acl: { root: "11111111-2222-3333-4444-555555555555" } });
    await agent.register("web", "10.0.0.1");
    const namer = namerOf(agent);
    await new Name(namer, "/dc1/web").is("neg");
    type State = Record<string, { poll: { note?: string } }> | undefined;
    const note = () => (namer.state?.() as State)?.["/dc1/web"]?.poll.note;
    await until(() => note()?.includes("without a token"), { what: "the note", timeoutMs: 20_000 });
  });
});
