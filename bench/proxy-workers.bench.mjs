// `namerkit proxy` as one process, and with two workers beside their primary: requests/s, CPU time a request of all its processes, memory.
// The load comes from processes of its own, so that it is not one event loop that sets the limit; how much of the machine it takes is said.
//
//   npm run bench -- proxy-workers [ROUNDS (8)]
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { startLoader } from "./lib/loader.mjs";
import { watchMachine } from "./lib/machine.mjs";
import { OURS, onStage } from "./lib/proxies.mjs";
import { treeMemory, treeUsage } from "./lib/tree-usage.mjs";

const rounds = Number(process.argv[2] ?? 8);
const [LOADERS, CONNECTIONS, SECONDS] = [2, 32, 2];
const machine = watchMachine();

await onStage(async (stage) => {
  const backEnd = await stage.backEnd(128);
  const contestants = {
    "one process": await stage.proxy(OURS, backEnd.port),
    "--workers 2": await stage.proxy(OURS, backEnd.port, ["--workers", "2"]),
  };
  const loaders = await Promise.all(Array.from({ length: LOADERS }, startLoader));
  const idle = {};
  for (const [name, { pid }] of Object.entries(contestants)) idle[name] = treeMemory(pid);
  const sample = async ({ port, pid }) => {
    const used = () => [pid, backEnd.pid, ...loaders.map((one) => one.pid)].map((one) => treeUsage(one).cpuMicros);
    const before = used();
    const results = await Promise.all(
      loaders.map((one) => one.load({ port, connections: CONNECTIONS, seconds: SECONDS })),
    );
    const [proxy, behind, ...load] = used().map((after, i) => after - before[i]);
    const sum = (key) => results.reduce((all, one) => all + one[key], 0);
    const cores = (micros) => micros / SECONDS / 1e6;
    return {
      ...{ rate: sum("requests") / SECONDS, failures: sum("failures"), cpu: proxy / sum("requests") },
      ...{ p99: Math.max(...results.map((one) => one.p99)), proxy: cores(proxy) },
      rest: cores(load.reduce((all, one) => all + one, behind)),
      memory: treeMemory(pid),
    };
  };
  const runs = Object.entries(contestants).map(([name, child]) => [name, () => sample(child)]);
  const all = await interleaveAsync(Object.fromEntries(runs), { rounds });
  for (const one of loaders) await one.stop();
  // So that the primary outlives its workers, and what they have used is known to be ours.
  for (const one of Object.values(contestants)) await one.stop("SIGTERM");

  const [first] = Object.keys(all);
  const of = (name, key) => median(all[name].map((one) => one[key]));
  const ratio = (name, key) => (name === first ? "" : ` (${(of(name, key) / of(first, key)).toFixed(2)})`);
  const megabytes = (list, key) => list.map((one) => (one[key] / 1e6).toFixed(0));
  const memory = (list) => {
    const pss = list.reduce((sum, one) => sum + one.pss, 0) / 1e6;
    return `${megabytes(list, "rss").join(" + ")}; ${pss.toFixed(0)}`;
  };
  console.log(
    `\n### ${LOADERS * CONNECTIONS} connections from ${LOADERS} processes, 128 B, ${rounds} samples of ${SECONDS} s\n`,
  );
  table(
    [
      ...["", "CPU µs a request", "requests/s", "p99 ms", "processors: proxy", "load and back end"],
      ...["RSS of each process; PSS of all, idle", "under load", "failures"],
    ],
    Object.keys(all).map((name) => [
      ...[
        name,
        `${of(name, "cpu").toFixed(0)}${ratio(name, "cpu")}`,
        `${of(name, "rate").toFixed(0)}${ratio(name, "rate")}`,
      ],
      ...[of(name, "p99").toFixed(1), of(name, "proxy").toFixed(2), of(name, "rest").toFixed(2)],
      ...[memory(idle[name]), memory(all[name].at(-1).memory)],
      all[name].reduce((sum, { failures }) => sum + failures, 0),
    ]),
  );
});
console.log(`\n${machine()}`);
