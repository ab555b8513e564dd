import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { until } from "@namerkit/testing";
import { TestFolder } from "./folder.js";
import { root } from "./paths.js";
import { TestProcess } from "./process.js";

/** The consul that `scripts/consul.mjs` has found or fetched; undefined where there is none. */
export const consulBinary: string | undefined = [
  ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "consul")),
  join(root, ".tools", "consul", "usr", "bin", "consul"),
].find((file) => existsSync(file));

export interface AgentOptions {
  readonly datacenter?: string;
  /** A server that keeps its data in a folder and survives a restart; otherwise a -dev agent, which forgets. */
  readonly keeps?: boolean;
  /** ACLs on, denying what no token allows; `root` is the token that may do everything. */
  readonly acl?: { readonly root: string };
  /** HTTPS as well, on `httpsPort`, with this certificate, for clients with one of this authority. */
  readonly tls?: { readonly authority: string; readonly cert: string; readonly key: string };
  /** HTTP also on this socket. */
  readonly socket?: string;
  /** What other datacenters reach it by. */
  readonly wanAddress?: string;
  /** The WAN port of a server of another datacenter to join. */
  readonly joinWan?: number;
  /** One of several servers of a datacenter. */
  readonly among?: { readonly name: string; readonly count: number; readonly lanPorts: readonly number[] };
}

/** The node of `registerMany`. */
const MANY = "many";

type Ports = Readonly<Record<"http" | "https" | "server" | "serf_lan" | "serf_wan", number>>;

/** A real Consul agent on free ports of the loopback. */
export class ConsulAgent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #ports: Ports;
  readonly #folder: TestFolder;
  #process: TestProcess | undefined;

  private constructor(options: AgentOptions, ports: Ports, folder: TestFolder) {
    this.#options = options;
    this.#ports = ports;
    this.#folder = folder;
  }

  static async start(options: AgentOptions = {}): Promise<ConsulAgent> {
    const [http, https, server, serf_lan, serf_wan] = (await freePorts(5)) as [number, number, number, number, number];
    const ports = { http, https: options.tls === undefined ? -1 : https, server, serf_lan, serf_wan };
    const agent = new ConsulAgent(options, ports, await TestFolder.make());
    await agent.begin();
    return agent;
  }

  /** So many servers of one datacenter, which have a leader as long as more than half of them live. */
  static async startCluster(count: number): Promise<readonly ConsulAgent[]> {
    const all: Ports[] = [];
    const free = await freePorts(4 * count);
    for (let i = 0; i < count; i++) {
      const [http, server, serf_lan, serf_wan] = free.slice(4 * i, 4 * i + 4) as [number, number, number, number];
      all.push({ http, https: -1, server, serf_lan, serf_wan });
    }
    const lanPorts = all.map(({ serf_lan }) => serf_lan);
    const agents = await Promise.all(
      all.map(async (ports, i) => {
        const among = { name: `server${i}`, count, lanPorts };
        return new ConsulAgent({ keeps: true, among }, ports, await TestFolder.make());
      }),
    );
    await Promise.all(agents.map((agent) => agent.begin()));
    return agents;
  }

  get port(): number {
    return this.#ports.http;
  }
  get httpsPort(): number {
    return this.#ports.https;
  }
  get wanPort(): number {
    return this.#ports.serf_wan;
  }

  /** Again, on the same ports. */
  async begin(): Promise<void> {
    const { datacenter = "dc1", keeps = false, acl, tls, socket, wanAddress, joinWan, among } = this.#options;
    const config = {
      disable_update_check: true,
      datacenter,
      node_name: among?.name ?? `${datacenter}-node`,
      ports: { dns: -1, grpc: -1, ...this.#ports },
      ...(keeps
        ? { server: true, bootstrap_expect: among?.count ?? 1, data_dir: join(this.#folder.path, "data") }
        : {}),
      ...(acl ? { acl: { enabled: true, default_policy: "deny", tokens: { master: acl.root } } } : {}),
      ...(tls ? await this.#tls(tls) : {}),
      ...(socket === undefined ? {} : { addresses: { http: `127.0.0.1 unix://${socket}` } }),
      ...(wanAddress === undefined ? {} : { advertise_addr_wan: wanAddress }),
      ...(among ? { retry_join: among.lanPorts.map((lan) => `127.0.0.1:${lan}`), retry_interval: "1s" } : {}),
      ...(joinWan === undefined ? {} : { retry_join_wan: [`127.0.0.1:${joinWan}`], retry_interval_wan: "1s" }),
    };
    const file = await this.#folder.write("agent.json", JSON.stringify(config));
    const address = ["-bind=127.0.0.1", "-client=127.0.0.1", "-advertise=127.0.0.1", "-disable-host-node-id"];
    const mode = keeps ? [] : ["-dev"];
    this.#process = new TestProcess(consulBinary ?? "consul", ["agent", ...mode, ...address, `-config-file=${file}`]);
    await until(async () => ((await this.get("/v1/status/leader").catch(() => '""')) as string).length > 2, {
      what: "a leader",
      timeoutMs: 40_000,
    });
    // Before its first answer to a write, ACLs included, it is not ready.
    await until(
      () =>
        this.put("/v1/kv/ready", "yes").then(
          () => true,
          () => false,
        ),
      { what: "an agent that takes writes", timeoutMs: 40_000 },
    );
  }

  /** The process dies; SIGKILL unless it is asked nicely. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.end();
  }

  async get(path: string): Promise<string> {
    return this.#call("GET", path);
  }

  async put(path: string, body?: unknown): Promise<string> {
    return this.#call("PUT", path, typeof body === "string" ? body : JSON.stringify(body));
  }

  async post(path: string, body: unknown): Promise<string> {
    return this.#call("POST", path, JSON.stringify(body));
  }

  async delete(path: string): Promise<string> {
    return this.#call("DELETE", path);
  }

  /** All that it has, as one archive. */
  async snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#fetch("GET", "/v1/snapshot")).arrayBuffer());
  }

  /** As it was then, its index included. */
  async restore(snapshot: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.#fetch("PUT", "/v1/snapshot", snapshot)).arrayBuffer();
  }

  /** An instance of a service, at this address. */
  async register(name: string, address: string, more: object = {}): Promise<void> {
    await this.put("/v1/agent/service/register", {
      ID: `${name}-${address}`,
      Name: name,
      Address: address,
      Port: 80,
      ...more,
    });
  }

  /** Many at once, past the agent: on a node of their own, with one check for all of them. */
  async registerMany(instances: readonly (readonly [name: string, address: string])[]): Promise<void> {
    await this.put("/v1/catalog/register", { Node: MANY, Address: "10.9.9.9" });
    await this.checkMany("passing");
    const operations = instances.map(([name, address]) => {
      const service = { ID: `${name}-${address}`, Service: name, Address: address, Port: 80 };
      return { Service: { Verb: "set", Node: MANY, Service: service } };
    });
    // Consul takes 64 in one transaction.
    for (let at = 0; at < operations.length; at += 64) await this.put("/v1/txn", operations.slice(at, at + 64));
  }

  /** What the check of these has found. */
  async checkMany(status: "passing" | "critical"): Promise<void> {
    await this.put("/v1/catalog/register", {
      Node: MANY,
      Address: "10.9.9.9",
      Check: { CheckID: "all", Name: "all", Status: status },
    });
  }

  async deregister(name: string, address: string): Promise<void> {
    await this.put(`/v1/agent/service/deregister/${name}-${address}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #tls({ authority, cert, key }: { authority: string; cert: string; key: string }): Promise<object> {
    return {
      ca_file: await this.#folder.write("ca.pem", authority),
      cert_file: await this.#folder.write("cert.pem", cert),
      key_file: await this.#folder.write("key.pem", key),
      verify_incoming_https: true,
    };
  }

  async #call(method: string, path: string, body?: string): Promise<string> {
    return (await this.#fetch(method, path, body)).text();
  }

  async #fetch(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    const token = this.#options.acl?.root;
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: token === undefined ? {} : { "x-consul-token": token },
      signal: AbortSignal.timeout(15_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

/** Ports that nobody has right now. All are held until the last is found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
