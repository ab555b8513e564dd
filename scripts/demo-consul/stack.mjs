// The parts of the Consul demo as processes of this machine, on free ports of 127.0.0.1.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askJson, changed, freePorts, Processes, sumOf } from "../demos/processes.mjs";
import { root } from "../setup.mjs";
import { instances, parts } from "./parts.mjs";

const HOST = "127.0.0.1";
const example = (name) => join(root, "examples", name);
const ports = ["consul", "registrar", "proxy", "admin", ...instances];
/** Consul's others, which nobody is told of, but which must not be taken either. */
const consulPorts = ["-server-port", "-serf-lan-port", "-serf-wan-port", "-grpc-port"];

/** Everything that the demo needs, running. `stop` ends the waiting for it. */
export class Stack {
  #processes;
  #layout;
  #folder;

  static async start(consul, stop) {
    const stack = new Stack();
    try {
      await stack.#layOut();
      const running = parts.filter(({ name }) => name !== "client");
      stack.#processes = new Processes(running, stack.#layout, stop, { consul: [consul] });
      await stack.#processes.startAll();
      return stack;
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  get proxyPort() {
    return this.#layout.port("proxy");
  }
  url(name) {
    return `http://${HOST}:${this.#layout.port(name)}`;
  }

  /** Asks the registrar for something. */
  async control(command, instance) {
    return askJson(`${this.url("registrar")}/${command}?instance=${instance}`, { method: "POST" });
  }
  /** As the registrar sees them: `registered` where Consul should know one, `known` where it does, as far as it has been able to tell. */
  async instances() {
    return askJson(this.url("registrar"), { expected: [503] });
  }
  /** How many addresses the proxy knows for a service. */
  async addressesOf(service) {
    const clients = await askJson(`${this.url("admin")}/client_state.json`);
    const id = Object.keys(clients).find((name) => name.endsWith(`/${service}`));
    return clients[id]?.addresses?.length ?? 0;
  }
  /** "live", "stale" …: what the namer says of each of its names. */
  async freshness() {
    const names = await askJson(`${this.url("admin")}/namer_state/io.l5d.consul.json`);
    return Object.values(names).flatMap(({ freshness }) => freshness?.state ?? []);
  }
  async counts() {
    const metrics = await askJson(`${this.url("admin")}/admin/metrics.json`);
    return {
      treeUpdates: sumOf(metrics, /^rt\/.*\/tree_updates$/),
      addrUpdates: sumOf(metrics, /^rt\/.*\/addr_updates$/),
      // Answered or failed: all but those that Consul holds right now.
      upstreamRequests: sumOf(metrics, /^namer\/#\/io\.l5d\.consul\/service\/(index_\w+|errors)$/),
    };
  }

  /** Like a machine that goes out: no good-bye, nothing kept. */
  async killConsul() {
    await this.#processes.end("consul", "SIGKILL");
  }
  async startConsul() {
    await this.#processes.start("consul");
  }

  async close() {
    await this.#processes?.close([["proxy"], instances, ["registrar"], ["consul"]]);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #layOut() {
    const free = await freePorts(ports.length + consulPorts.length, HOST);
    const port = (name) => free[ports.indexOf(name)];
    this.#folder = mkdtempSync(join(tmpdir(), "namerkit-demo-"));
    const write = (name, text) => {
      writeFileSync(join(this.#folder, name), text);
      return join(this.#folder, name);
    };
    const known = JSON.parse(readFileSync(example("consul/instances.json"), "utf8"));
    const here = known.map((one) => ({ ...one, address: HOST, port: port(one.id) }));
    this.#layout = {
      called: () => HOST,
      bound: HOST,
      self: HOST,
      port,
      file: example,
      consulFlags: consulPorts.map((flag, i) => `${flag}=${free[ports.length + i]}`),
      instances: write("instances.json", JSON.stringify(here)),
      config: write("linkerd.yaml", configured(readFileSync(example("consul/linkerd.yaml"), "utf8"), port)),
    };
  }
}

/** The example's configuration, for this machine. */
function configured(text, port) {
  return changed(text, "examples/consul/linkerd.yaml", [
    ["host: consul\n", `host: ${HOST}\n`],
    ["port: 8500\n", `port: ${port("consul")}\n`],
    ["port: 9990\n", `port: ${port("admin")}\n`],
    ["port: 4140\n", `port: ${port("proxy")}\n`],
    ["ip: 0.0.0.0\n", `ip: ${HOST}\n`],
  ]);
}
