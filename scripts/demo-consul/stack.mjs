// The parts of the Consul demo as processes of this machine, on free ports of 127.0.0.1.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { env, root } from "../setup.mjs";
import { instances, parts } from "./parts.mjs";

const HOST = "127.0.0.1";
const HEALTHY_MS = 30_000;
const END_MS = 12_000;
const example = (name) => join(root, "examples", name);
const ports = ["consul", "registrar", "proxy", "admin", ...instances];
/** Consul's others, which nobody is told of, but which must not be taken either. */
const consulPorts = ["-server-port", "-serf-lan-port", "-serf-wan-port", "-grpc-port"];

/** Everything that the demo needs, running. `stop` ends the waiting for it. */
export class Stack {
  #running = new Map();
  #layout;
  #folder;
  #commands;
  #stop;

  static async start(consul, stop) {
    const stack = new Stack();
    stack.#stop = stop;
    stack.#commands = {
      consul: [consul],
      namerkit: [process.execPath, join(root, "packages/namerkit/bin/namerkit.js")],
    };
    try {
      await stack.#layOut();
      const done = new Map();
      const start = (part) => {
        const known = done.get(part.name) ?? stack.#startAfter(part, (name) => start(partOf(name)));
        done.set(part.name, known);
        return known;
      };
      await Promise.all(parts.filter(({ name }) => name !== "client").map(start));
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
    return this.#json(`${this.url("registrar")}/${command}?instance=${instance}`, "POST");
  }
  /** As the registrar sees them: `registered` where Consul should know one, `known` where it does, as far as it has been able to tell. */
  async instances() {
    return this.#json(this.url("registrar"), "GET", [503]);
  }
  /** How many addresses the proxy knows for a service. */
  async addressesOf(service) {
    const clients = await this.#json(`${this.url("admin")}/client_state.json`);
    const id = Object.keys(clients).find((name) => name.endsWith(`/${service}`));
    return clients[id]?.addresses?.length ?? 0;
  }
  /** "live", "stale" …: what the namer says of each of its names. */
  async freshness() {
    const names = await this.#json(`${this.url("admin")}/namer_state/io.l5d.consul.json`);
    return Object.values(names).flatMap(({ freshness }) => freshness?.state ?? []);
  }
  async counts() {
    const metrics = await this.#json(`${this.url("admin")}/admin/metrics.json`);
    const sum = (pattern) =>
      Object.entries(metrics).reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
    return {
      treeUpdates: sum(/^rt\/.*\/tree_updates$/),
      addrUpdates: sum(/^rt\/.*\/addr_updates$/),
      // Answered or failed: all but those that Consul holds right now.
      upstreamRequests: sum(/^namer\/#\/io\.l5d\.consul\/service\/(index_\w+|errors)$/),
    };
  }

  /** Like a machine that goes out: no good-bye, nothing kept. */
  async killConsul() {
    await end(this.#running.get("consul"), "SIGKILL");
  }
  async startConsul() {
    await this.#startOne(partOf("consul"));
  }

  async close() {
    for (const names of [["proxy"], instances, ["registrar"], ["consul"]]) {
      await Promise.all(names.map((name) => end(this.#running.get(name), "SIGTERM")));
    }
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #layOut() {
    const free = await freePorts(ports.length + consulPorts.length);
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

  async #startAfter(part, before) {
    await Promise.all(part.after.map(before));
    await this.#startOne(part);
  }

  async #startOne(part) {
    const [command, ...args] = part.command(this.#layout);
    const [program, ...first] = this.#commands[command] ?? [process.execPath];
    // On a terminal in groups of their own: Ctrl-C is for the demo, which asks for the last figures before it ends them.
    const detached = process.stdout.isTTY === true && process.platform !== "win32";
    const child = spawn(program, [...first, ...args], { env, detached, stdio: ["ignore", "pipe", "pipe"] });
    const one = { name: part.name, child, output: "", ended: once(child, "exit"), failed: undefined };
    one.ended.catch((error) => {
      one.failed = error;
    });
    this.#running.set(part.name, one);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        // The last words are of use if it fails.
        one.output = (one.output + text).slice(-4_096);
      });
    }
    await this.#healthy(one, part.health(this.#layout));
  }

  async #healthy(one, url) {
    const until = performance.now() + HEALTHY_MS;
    while (
      !(await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      this.#stop.throwIfAborted();
      if (hasEnded(one)) throw new Error(`${one.name} has ended: ${one.failed?.message ?? one.output}`);
      if (performance.now() > until) throw new Error(`${one.name} did not become healthy: ${one.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #json(url, method = "GET", expected = []) {
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    if (!answer.ok && !expected.includes(answer.status)) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
}

const partOf = (wanted) => parts.find(({ name }) => name === wanted);
const hasEnded = ({ child, failed }) => failed !== undefined || child.exitCode !== null || child.signalCode !== null;

async function end(one, signal) {
  if (one === undefined || hasEnded(one)) return;
  one.child.kill(signal);
  const timer = setTimeout(() => one.child.kill("SIGKILL"), END_MS);
  await one.ended;
  clearTimeout(timer);
}

/** The example's configuration, for this machine. */
function configured(text, port) {
  const changes = [
    ["host: consul\n", `host: ${HOST}\n`],
    ["port: 8500\n", `port: ${port("consul")}\n`],
    ["port: 9990\n", `port: ${port("admin")}\n`],
    ["port: 4140\n", `port: ${port("proxy")}\n`],
    ["ip: 0.0.0.0\n", `ip: ${HOST}\n`],
  ];
  return changes.reduce((config, [from, to]) => {
    if (!config.includes(from)) throw new Error(`examples/consul/linkerd.yaml has no ${from.trim()}`);
    return config.replaceAll(from, to);
  }, text);
}

/** All are held until the last is found, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const found = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return found;
}
