// Resident memory of a proxy: at rest, with 1,000 keep-alive clients that have each been answered three times, and, in another process,
// after 32 connections that ask without pause.
//
//   npm run bench -- proxy-memory [ROUNDS (6)]
import { median, table } from "./lib/interleave.mjs";
import { load } from "./lib/load.mjs";
import { watchMachine } from "./lib/machine.mjs";
import { OURS, onStage, PEERS, RELAY } from "./lib/proxies.mjs";
import { Lane } from "./lib/rate.mjs";
import { treeUsage } from "./lib/tree-usage.mjs";

const rounds = Number(process.argv[2] ?? 6);
const CLIENTS = 1_000;
const LOAD_SECONDS = 2;
const names = [RELAY, OURS, ...PEERS, "nginx"];
const machine = watchMachine();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const rssOf = ({ pid }) => treeUsage(pid).rss / 1e6;

/** Clients come fifty at a time, as no listener's backlog is endless. */
async function clients(port) {
  const lanes = [];
  while (lanes.length < CLIENTS) lanes.push(...(await Promise.all(Array.from({ length: 50 }, () => Lane.open(port)))));
  let failures = 0;
  for (let turn = 0; turn < 3; turn++) {
    for (let at = 0; at < CLIENTS; at += 50) {
      const answers = await Promise.all(lanes.slice(at, at + 50).map((lane) => lane.ask()));
      failures += answers.filter((ok) => !ok).length;
    }
  }
  const close = () => {
    for (const lane of lanes) lane.close();
  };
  return { failures, close };
}

const figures = {};
async function round(stage) {
  const backEnd = await stage.backEnd(128);
  const fresh = await stage.proxies(names, backEnd.port);
  const others = await stage.proxies(Object.keys(fresh), backEnd.port);
  await pause(1_000);
  for (const [name, child] of Object.entries(fresh)) {
    const sample = { idle: rssOf(child) };
    const crowd = await clients(child.port);
    await pause(300);
    sample.clients = rssOf(child);
    crowd.close();
    const { failures } = await load({ port: others[name].port, connections: 32, seconds: LOAD_SECONDS });
    sample.load = rssOf(others[name]);
    sample.failures = failures + crowd.failures;
    figures[name] ??= [];
    figures[name].push(sample);
  }
}

for (let i = 0; i < rounds; i++) await onStage(round);
console.log(`\n### Resident memory, MB, ${rounds} fresh processes each\n`);
const of = (name, key) => median(figures[name].map((sample) => sample[key]));
const best = (key) => Math.min(...PEERS.map((name) => of(name, key)));
const cell = (name, key) => `${of(name, key).toFixed(0)} (${(of(name, key) / best(key)).toFixed(2)})`;
table(
  ["", "idle", "32 connections", "1,000 clients", "kB a client", "failures"],
  Object.keys(figures).map((name) => [
    ...[name, cell(name, "idle"), cell(name, "load"), cell(name, "clients")],
    (of(name, "clients") - of(name, "idle")).toFixed(0),
    figures[name].reduce((sum, { failures }) => sum + failures, 0),
  ]),
);
console.log(`\nIn brackets: against the best of npm.\n${machine()}`);
