// EndpointSlices: 10,000 services with 15 endpoints each are read, and 20,000 changes of them followed; ours, with a hundred names bound,
// beside JSON.parse alone of the same bytes by the same transport. Each in a process of its own, in turns.
//
//   npm run bench -- k8s [SERVICES]
import process from "node:process";
import { startPeer } from "./lib/consul-processes.mjs";
import { median, table } from "./lib/interleave.mjs";

const SERVICES = Number(process.argv[2] ?? 10_000);
const SIZE = 15;
const EVENTS = 20_000;
const ROUNDS = 4;
const WAVES = 3;
const NAMES = ["JSON.parse", "namerkit"];

const figures = Object.fromEntries(NAMES.map((name) => [name, { sync: [], events: [] }]));
const server = await startPeer("k8s-server.mjs", [String(SERVICES), String(SIZE)]);
const { port, bytes } = await server.ask("open");
for (let round = 0; round < ROUNDS; round++) {
  for (const name of round % 2 === 0 ? NAMES : [...NAMES].reverse()) {
    const client = await startPeer("k8s-client.mjs", [name]);
    figures[name].sync.push(await client.ask("sync", { port, services: SERVICES, size: SIZE }));
    while ((await server.ask("watches")) !== 1) await new Promise((resolve) => setTimeout(resolve, 20));
    for (let wave = 1; wave <= WAVES; wave++) {
      const done = client.ask("events", { count: EVENTS, round: wave });
      await server.ask("events", { count: EVENTS, round: wave });
      figures[name].events.push(await done);
    }
    await client.stop();
    while ((await server.ask("watches")) !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
await server.stop();

const of = (name, what, field) => median(figures[name][what].map((one) => one[field]));
const yard = NAMES[0];
console.log(
  `Node ${process.version}\n\n### ${SERVICES} services, ${SERVICES * SIZE} endpoints, ${(bytes / 1e6).toFixed(0)} MB\n`,
);
table(
  ["", "ms", "CPU ms", "CPU ratio (G10)", "longest block ms", "heap kept MB", "B per endpoint (G12)", "peak RSS MB"],
  NAMES.map((name) => [
    name,
    of(name, "sync", "ms").toFixed(0),
    of(name, "sync", "cpuMs").toFixed(0),
    (of(name, "sync", "cpuMs") / of(yard, "sync", "cpuMs")).toFixed(2),
    of(name, "sync", "block").toFixed(0),
    (of(name, "sync", "heap") / 1e6).toFixed(1),
    name === yard ? "" : (of(name, "sync", "heap") / SERVICES / SIZE).toFixed(0),
    (of(name, "sync", "peakRss") / 1e6).toFixed(0),
  ]),
);
console.log(`\n### ${EVENTS} events\n`);
table(
  ["", "events/s", "CPU µs per event", "ratio (G13)", "longest block ms"],
  NAMES.map((name) => [
    name,
    (EVENTS / (of(name, "events", "ms") / 1_000)).toFixed(0),
    ((of(name, "events", "cpuMs") * 1_000) / EVENTS).toFixed(1),
    (of(name, "events", "cpuMs") / of(yard, "events", "cpuMs")).toFixed(2),
    of(name, "events", "block").toFixed(0),
  ]),
);
