import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import process from "node:process";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { type Closable, closable, closeAll, type Metrics } from "@namerkit/core";

/** Fine enough to see what a request would notice; each sample wakes the process up. */
const lagResolutionMs = 20;
const pools: Readonly<Record<string, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: "Scavenge",
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "MarkSweep",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "Incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "WeakCallbacks",
};

/**
 * The process under the names by which Linkerd's dashboards ask a JVM, as far as Node has the like: `jvm/uptime`, `jvm/heap/…`,
 * `jvm/nonheap/…`, `jvm/mem/current/…`, `jvm/gc/…`, `jvm/thread/count`, `jvm/fd_count`, `jvm/num_cpus`. And what a JVM has not:
 * `node/event_loop/lag_ms/{p50,p99,max}` since the last time that it was asked for, and `node/cpu_ms`. Until closed.
 */
export function processMetrics(metrics: Metrics): Closable {
  const jvm = metrics.scope("jvm");
  const heap = recent(getHeapStatistics);
  const memory = recent(() => process.memoryUsage());
  const cpu = () => process.cpuUsage();
  return closeAll(
    jvm.gauge("uptime", () => Math.round(process.uptime() * 1_000)),
    jvm.gauge("start_time", () => Math.round(performance.timeOrigin)),
    jvm.gauge("num_cpus", availableParallelism),
    // Where there is no such folder it throws, and the gauge is left out. One is the folder itself.
    jvm.gauge("fd_count", () => readdirSync("/proc/self/fd").length - 1),
    jvm.scope("heap").gauge("used", () => heap().used_heap_size),
    jvm.scope("heap").gauge("committed", () => heap().total_heap_size),
    jvm.scope("heap").gauge("max", () => heap().heap_size_limit),
    jvm.scope("nonheap").gauge("used", () => memory().external),
    jvm.scope("nonheap").gauge("committed", () => memory().rss - heap().total_physical_size),
    jvm.scope("mem", "current").gauge("used", () => heap().used_heap_size + memory().external),
    ...getHeapSpaceStatistics().map(({ space_name: name }) =>
      jvm.scope("mem", "current", name).gauge("used", () => spaceUsed(name)),
    ),
    jvm.scope("mem").gauge("rss", () => memory().rss),
    jvm.scope("thread").gauge("count", threads),
    metrics.scope("node").gauge("cpu_ms", () => Math.round((cpu().user + cpu().system) / 1_000)),
    garbage(jvm.scope("gc")),
    lag(metrics.scope("node", "event_loop", "lag_ms")),
  );
}

/** Several gauges of one scrape share an answer. */
function recent<T>(read: () => T): () => T {
  let held: { readonly value: T } | undefined;
  return () => {
    if (held === undefined) {
      held = { value: read() };
      setImmediate(() => {
        held = undefined;
      }).unref();
    }
    return held.value;
  };
}

function spaceUsed(name: string): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === name)?.space_used_size ?? Number.NaN;
}

/** Each of this process, on Linux. */
function threads(): number {
  return readdirSync("/proc/self/task").length;
}

/** `cycles` and `msec`, in all and for each kind of collection. */
function garbage(metrics: Metrics): Closable {
  const cycles = metrics.counter("cycles");
  const msec = metrics.counter("msec");
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {};
      const name = pools[String(kind)] ?? "Other";
      cycles.add();
      msec.add(entry.duration);
      metrics.scope(name).counter("cycles").add();
      metrics.scope(name).counter("msec").add(entry.duration);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return closable(() => observer.disconnect());
}

/** By how much timers come too late. */
function lag(metrics: Metrics): Closable {
  const delay = monitorEventLoopDelay({ resolution: lagResolutionMs });
  delay.enable();
  const read = recent(() => {
    const late = (ns: number) => Math.max(0, ns / 1e6 - lagResolutionMs);
    const found = { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) };
    delay.reset();
    return found;
  });
  return closeAll(
    metrics.gauge("p50", () => read().p50),
    metrics.gauge("p99", () => read().p99),
    metrics.gauge("max", () => read().max),
    closable(() => delay.disable()),
  );
}
