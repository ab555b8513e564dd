// One contestant of the Kubernetes benchmark, alone in its process. argv[2]: its name in lib/k8s-watchers.mjs.
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { contestants } from "../lib/k8s-watchers.mjs";
import { serveParent } from "../lib/processes.mjs";

const contestant = contestants[process.argv[2]];
const delay = monitorEventLoopDelay({ resolution: 1 });
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const heap = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
};
let watching;

serveParent({
  async sync({ port, ...what }) {
    const before = heap();
    delay.enable();
    const [began, used] = [performance.now(), cpu()];
    watching = await contestant(port, what);
    const [ms, cpuMs] = [performance.now() - began, cpu() - used];
    const block = delay.max / 1e6;
    const peak = process.memoryUsage().rss - before.rss;
    const after = heap();
    return { ms, cpuMs, block, peakRss: peak, rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed };
  },
  /** Each change of one service: when it was seen. */
  async seen({ round }) {
    return watching({ count: 1, round });
  },
  /** Resolves when the last of so many events has been told of. */
  async events({ count, round }) {
    delay.reset();
    const [began, used] = [performance.now(), cpu()];
    await watching({ count, round });
    return { ms: performance.now() - began, cpuMs: cpu() - used, block: delay.max / 1e6 };
  },
});
