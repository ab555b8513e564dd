// A contestant of the benchmarks that watch services, alone in its process, driven by its parent.
import { subscribe } from "node:diagnostics_channel";
import process from "node:process";
import { Judge } from "./judge.mjs";
import { serveParent } from "./processes.mjs";

/** `contestant`: (port, tell) => (service) => starts to watch it. */
export function serveWatching(contestant) {
  const judges = new Map();
  /** Attempts to connect, by port: what a server that is not there cannot count. */
  const attempts = new Map();

  subscribe("net.client.socket", ({ socket }) => {
    socket.on("connectionAttempt", (_address, port) => attempts.set(port, (attempts.get(port) ?? 0) + 1));
  });

  serveParent({
    /** Watches `count` services more of one lane, and waits for the first word of all. */
    async watch({ port, count, timeoutMs }) {
      let judge = judges.get(port);
      if (judge === undefined) {
        judge = new Judge();
        judge.watch = contestant(port, (service, instances) => judge.told(service, instances));
        judges.set(port, judge);
      }
      const start = performance.now();
      const all = judge.size + count;
      for (let i = judge.size; i < all; i++) judge.watch(judge.add(`service${i}`));
      const complete = await judge.reached(1, timeoutMs);
      return { ms: performance.now() - start, complete };
    },
    /** Until all services of a lane, or one of them, have at least this version. */
    async reached({ port, version, timeoutMs, service }) {
      return judges.get(port).reached(version, timeoutMs, service);
    },
    told: ({ port }) => judges.get(port).report(),
    attempts: ({ port }) => attempts.get(port) ?? 0,
    async usage() {
      const { user, system } = process.cpuUsage();
      return { cpuMicros: user + system };
    },
    /** After a rest, and without what can be collected. */
    async memory() {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      globalThis.gc();
      globalThis.gc();
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heapUsed };
    },
  });
}
