// The parts of the migration demo as processes of this machine: instances on loopback addresses of their own, as the catalogues have one port for
// all of a service; everything else on free ports of 127.0.0.1.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askJson, changed, freePorts, Processes, sumOf } from "../demos/processes.mjs";
import { root } from "../setup.mjs";
import { hosts, network, old, parts, pods } from "./parts.mjs";

const HOST = "127.0.0.1";
const NETWORK = "127.0.0";
const example = (name) => join(root, "examples", name);
const instances = [...old, ...pods];
const ports = [
  ...["rancher-metadata", "rancher-metadata-control", "kubernetes", "kubernetes-control", "proxy", "admin"],
  "instance",
];

/** Everything that the demo needs, running. `stop` ends the waiting for it. */
export class Stack {
  #processes;
  #layout;
  #folder;

  static async start(stop) {
    const stack = new Stack();
    try {
      await stack.#layOut();
      const running = parts.filter(({ name }) => name !== "client");
      stack.#processes = new Processes(running, stack.#layout, stop);
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

  /** Writes the dtab into its ConfigMap. */
  async names(dtab) {
    await askJson(`${this.url("kubernetes-control")}/configmaps/shop/names/dtab`, { method: "PUT", body: dtab });
  }
  /** How many pods are ready. */
  async scaleNew(to) {
    const url = `${this.url("kubernetes-control")}/scale?service=shop/web&to=${to}`;
    await askJson(url, { method: "POST" });
  }
  /** How many containers Rancher tells of. */
  async scaleOld(to) {
    const url = `${this.url("rancher-metadata-control")}/scale?service=shop/web&to=${to}`;
    await askJson(url, { method: "POST" });
  }

  /** The dtab that the proxy goes by. */
  async dtab() {
    const page = `${this.url("admin")}/http/interpreter_state/io.l5d.k8s.configMap.json`;
    return (await askJson(page)).dtab;
  }
  /** How many addresses the proxy knows in one of the worlds: "rancher", "k8s". */
  async addressesIn(world) {
    const clients = await askJson(`${this.url("admin")}/client_state.json`);
    const id = Object.keys(clients).find((name) => name.includes(`/io.l5d.${world}/`));
    return clients[id]?.addresses?.length ?? 0;
  }
  async counts() {
    const metrics = await askJson(`${this.url("admin")}/admin/metrics.json`);
    return {
      treeUpdates: sumOf(metrics, /^rt\/.*\/tree_updates$/),
      addrUpdates: sumOf(metrics, /^rt\/.*\/addr_updates$/),
      // What the catalogues have answered, but for what watches have said.
      upstreamRequests: sumOf(metrics, /^(namer|rt)\/.*\/(lists|metadata_versions)$/),
    };
  }
  /** How often the proxy has taken another configuration. */
  async reloads() {
    return sumOf(await askJson(`${this.url("admin")}/admin/metrics.json`), /^config\/reload\/ok$/);
  }

  async close() {
    await this.#processes?.close([["proxy"], instances, ["kubernetes", "rancher-metadata"]]);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #layOut() {
    const free = await freePorts(ports.length, "0.0.0.0");
    const port = (name) => free[ports.indexOf(instances.includes(name) ? "instance" : name)];
    this.#folder = mkdtempSync(join(tmpdir(), "namerkit-demo-"));
    const write = (name, changes) => {
      const text = changed(readFileSync(example(`migration/${name}`), "utf8"), `examples/migration/${name}`, changes);
      writeFileSync(join(this.#folder, name), text);
      return join(this.#folder, name);
    };
    const address = (name) => (instances.includes(name) ? `${NETWORK}.${hosts[name]}` : HOST);
    this.#layout = {
      called: address,
      bound: address,
      self: address,
      port,
      file: example,
      stacks: write("stacks.yaml", [[`${network}.`, `${NETWORK}.`]]),
      cluster: write("cluster.json", [
        [`${network}.`, `${NETWORK}.`],
        [": 8080", `: ${port("instance")}`],
      ]),
      config: write("linkerd.yaml", [
        [
          "http: 8080 }\n",
          `http: ${port("instance")} }\n  host: ${HOST}\n  port: ${port("rancher-metadata")}\n  allowLoopback: true\n`,
        ],
        ["host: kubernetes\n", `host: ${HOST}\n`],
        ["port: 8001\n", `port: ${port("kubernetes")}\n`],
        ["port: 9990\n", `port: ${port("admin")}\n`],
        ["port: 4140\n", `port: ${port("proxy")}\n`],
        ["ip: 0.0.0.0\n", `ip: ${HOST}\n`],
      ]),
    };
  }
}
