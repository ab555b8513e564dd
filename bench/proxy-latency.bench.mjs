// What a proxy adds to the latency: at a fixed rate of 1,000 requests a second (open loop), and at 128 connections that ask without pause.
//
//   npm run bench -- proxy-latency [fixed|saturated]
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { load, quantile } from "./lib/load.mjs";
import { watchMachine } from "./lib/machine.mjs";
import { OURS, onStage, PEERS, RELAY } from "./lib/proxies.mjs";
import { steadily } from "./lib/rate.mjs";

const DIRECT = "direct";
const modes = { fixed, saturated };
const machine = watchMachine();

async function samples(stage, names, rounds, ask) {
  const backEnd = await stage.backEnd(128);
  const contestants = { [DIRECT]: backEnd, ...(await stage.proxies(names, backEnd.port)) };
  const runs = Object.entries(contestants).map(([name, { port }]) => [name, () => ask(port)]);
  return interleaveAsync(Object.fromEntries(runs), { rounds });
}

const of = (list, share) => list.map(({ latencies }) => quantile(latencies, share));
const lowerQuartile = (values) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.25,
  );
const failuresOf = (list) => list.reduce((sum, { failures }) => sum + failures, 0);

/** Of npm, the one that adds least. */
const best = (values, added) => PEERS.reduce((one, other) => (added(values[other]) < added(values[one]) ? other : one));

async function fixed(stage) {
  const [perSecond, seconds, rounds] = [1_000, 2, 10];
  const ask = (port) => steadily({ port, perSecond, seconds });
  const all = await samples(stage, [OURS, ...PEERS, "nginx"], rounds, ask);
  const values = Object.fromEntries(
    Object.entries(all).map(([name, list]) => [
      name,
      { p50: median(of(list, 0.5)), p99: lowerQuartile(of(list, 0.99)), failures: failuresOf(list) },
    ]),
  );
  const p50 = (one) => one.p50 - values[DIRECT].p50;
  const p99 = (one) => one.p99 - values[DIRECT].p99;
  console.log(
    `\n### ${perSecond} requests/s, open loop, 128 B, ${rounds} samples of ${seconds} s; lower quartile of p99\n`,
  );
  table(
    ["", "p50 ms", "added (G5)", "of nginx's", "p99 ms", "added (G6)", "of nginx's", "of the best of npm", "failures"],
    Object.entries(values).map(([name, one]) => {
      const ratio = (added, other) =>
        name === DIRECT || other === undefined ? "" : (added(one) / added(other)).toFixed(2);
      const plus = (added) => (name === DIRECT ? "" : `+${added(one).toFixed(2)}`);
      return [
        ...[name, one.p50.toFixed(2), plus(p50), ratio(p50, values.nginx)],
        ...[one.p99.toFixed(2), plus(p99), ratio(p99, values.nginx), ratio(p99, values[best(values, p99)])],
        one.failures,
      ];
    }),
  );
}

async function saturated(stage) {
  const [connections, seconds, rounds] = [128, 2, 6];
  const ask = (port) => load({ port, connections, seconds });
  const all = await samples(stage, [RELAY, OURS, ...PEERS, "nginx"], rounds, ask);
  console.log(`\n### ${connections} connections without pause, 128 B, ${rounds} samples of ${seconds} s\n`);
  table(
    ["", "p50 ms", "p99 ms", "p99 / p50 (G7)", "lowest to highest", "requests/s", "failures"],
    Object.entries(all).map(([name, list]) => {
      const ratios = list.map(({ latencies }) => quantile(latencies, 0.99) / quantile(latencies, 0.5));
      return [
        ...[name, median(of(list, 0.5)).toFixed(2), median(of(list, 0.99)).toFixed(1), median(ratios).toFixed(1)],
        `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`,
        ...[(median(list.map(({ requests }) => requests)) / seconds).toFixed(0), failuresOf(list)],
      ];
    }),
  );
}

const [mode] = process.argv.slice(2);
if (mode !== undefined && modes[mode] === undefined) throw new Error(`modes: ${Object.keys(modes).join(" ")}`);
for (const run of mode === undefined ? Object.values(modes) : [modes[mode]]) await onStage(run);
console.log(`\n${machine()}`);
