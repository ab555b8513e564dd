// The parts of a demo as processes of this machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { env, root } from "../setup.mjs";

const HEALTHY_MS = 30_000;
const END_MS = 12_000;

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {readonly string[]} after the parts that have to be healthy before it starts
 * @property {(at: Layout) => readonly string[]} command
 * @property {(at: Layout) => string} health a URL that is answered with 2xx when the part is healthy
 *
 * @typedef {object} Layout Where things are: what the ways to run a demo differ in; each demo has its own.
 */

/** A part's command begins with one of these, with "node", or with what the demo itself adds. */
export const commands = {
  namerkit: [process.execPath, join(root, "packages/namerkit/bin/namerkit.js")],
  "mock-metadata": [process.execPath, join(root, "mock-metadata/bin/mock-metadata.js")],
  "kubernetes-fake": [process.execPath, join(root, "packages/testing/bin/kubernetes-fake.js")],
  node: [process.execPath],
};

export class Processes {
  #running = new Map();
  #parts;
  #layout;
  #commands;
  #stop;

  /** `parts`: those that are to run. `stop` ends the waiting for them. */
  constructor(parts, layout, stop, more = {}) {
    this.#parts = parts;
    this.#layout = layout;
    this.#commands = { ...commands, ...more };
    this.#stop = stop;
  }

  /** Each as soon as those before it are healthy. When one fails, the others are left for `close`. */
  async startAll() {
    const done = new Map();
    const start = (name) => {
      const part = this.#part(name);
      const known = done.get(name) ?? Promise.all(part.after.map(start)).then(() => this.start(name));
      done.set(name, known);
      return known;
    };
    const results = await Promise.allSettled(this.#parts.map(({ name }) => start(name)));
    const failed = results.find(({ status }) => status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Until it is healthy. */
  async start(name) {
    const part = this.#part(name);
    const [command, ...args] = part.command(this.#layout);
    const [program, ...first] = this.#commands[command];
    // On a terminal in groups of their own: Ctrl-C is for the demo, which asks for the last figures before it ends them.
    const detached = process.stdout.isTTY === true && process.platform !== "win32";
    const child = spawn(program, [...first, ...args], { env, detached, stdio: ["ignore", "pipe", "pipe"] });
    const one = { name, child, output: "", ended: once(child, "exit"), failed: undefined };
    one.ended.catch((error) => {
      one.failed = error;
    });
    this.#running.set(name, one);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        // The last words are of use if it fails.
        one.output = (one.output + text).slice(-4_096);
      });
    }
    await this.#healthy(one, part.health(this.#layout));
  }

  async end(name, signal = "SIGTERM") {
    const one = this.#running.get(name);
    if (one === undefined || hasEnded(one)) return;
    one.child.kill(signal);
    const timer = setTimeout(() => one.child.kill("SIGKILL"), END_MS);
    await one.ended;
    clearTimeout(timer);
  }

  /** Those of the first group, then those of the second, and so on. */
  async close(groups) {
    for (const names of groups) await Promise.all(names.map((name) => this.end(name)));
  }

  #part(wanted) {
    return this.#parts.find(({ name }) => name === wanted);
  }

  async #healthy(one, url) {
    const until = performance.now() + HEALTHY_MS;
    while (!(await isWell(url))) {
      this.#stop.throwIfAborted();
      if (hasEnded(one)) throw new Error(`${one.name} has ended: ${one.failed?.message ?? one.output}`);
      if (performance.now() > until) throw new Error(`${one.name} did not become healthy: ${one.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function isWell(url) {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

const hasEnded = ({ child, failed }) => failed !== undefined || child.exitCode !== null || child.signalCode !== null;

/** What is answered, parsed; rejects for another status than 2xx and those that are expected. */
export async function askJson(url, { method = "GET", body, expected = [] } = {}) {
  const answer = await fetch(url, { method, body, signal: AbortSignal.timeout(5_000) });
  const text = await answer.text();
  if (!answer.ok && !expected.includes(answer.status)) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** The sum of the metrics whose names match. */
export function sumOf(metrics, pattern) {
  return Object.entries(metrics).reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
}

/** A file of an example, for this machine: each of `changes`, [from, to], everywhere. */
export function changed(text, name, changes) {
  return changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`${name} has no ${from.trim()}`);
    return all.replaceAll(from, to);
  }, text);
}

/** Ports that were free on `host` a moment ago. All are held until the last is found, so that they differ. */
export async function freePorts(count, host) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const found = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return found;
}
