// CPU per proxied request: our whole proxy beside a bare node:http + undici relay, the proxies of npm, nginx and HAProxy with one worker, at
// 32 keep-alive connections, 128 B and 16 KB. CPU time is that of all threads of all processes, from /proc; so Linux only.
//
//   npm run bench -- proxy [SECONDS A SAMPLE (2)] [ROUNDS (5)]
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { load, quantile } from "./lib/load.mjs";
import { watchMachine } from "./lib/machine.mjs";
import { OURS, onStage, PEERS, RELAY } from "./lib/proxies.mjs";
import { treeUsage } from "./lib/tree-usage.mjs";

const seconds = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 5);
const CONNECTIONS = 32;
const machine = watchMachine();

async function compare(bytes, stage) {
  const backEnd = await stage.backEnd(bytes);
  const contestants = await stage.proxies([RELAY, OURS, ...PEERS, "nginx", "haproxy"], backEnd.port);
  const figures = Object.fromEntries(
    Object.entries(contestants).map(([name, { pid }]) => [
      name,
      { idle: treeUsage(pid).rss / 1e6, rate: [], p50: [], p99: [], rss: [], failures: 0 },
    ]),
  );
  const sample = async (name, child) => {
    const before = treeUsage(child.pid);
    const { requests, failures, latencies } = await load({ port: child.port, connections: CONNECTIONS, seconds });
    const after = treeUsage(child.pid);
    const figure = figures[name];
    figure.rate.push(requests / seconds);
    figure.p50.push(quantile(latencies, 0.5));
    figure.p99.push(quantile(latencies, 0.99));
    figure.rss.push(after.rss / 1e6);
    figure.failures += failures;
    return (after.cpuMicros - before.cpuMicros) / requests;
  };
  const all = Object.entries(contestants).map(([name, child]) => [name, () => sample(name, child)]);
  report(bytes, await interleaveAsync(Object.fromEntries(all), { rounds }), figures);
}

function report(bytes, cpu, figures) {
  const of = (name) => median(cpu[name]);
  const best = Math.min(...PEERS.map(of));
  console.log(`\n### ${bytes} B, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s\n`);
  table(
    [
      "proxy",
      "CPU µs/request",
      "best of npm / it (G2, G3)",
      "nginx / it (G4)",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "RSS MB (idle)",
      "failures",
    ],
    Object.keys(cpu).map((name) => {
      const { rate, p50, p99, rss, idle, failures } = figures[name];
      return [
        name,
        of(name).toFixed(0),
        (best / of(name)).toFixed(2),
        cpu.nginx === undefined ? "" : (of("nginx") / of(name)).toFixed(2),
        median(rate).toFixed(0),
        median(p50).toFixed(2),
        median(p99).toFixed(1),
        `${median(rss).toFixed(0)} (${idle.toFixed(0)})`,
        failures,
      ];
    }),
  );
}

for (const bytes of [128, 16_384]) await onStage((stage) => compare(bytes, stage));
console.log(`\n${machine()}`);
