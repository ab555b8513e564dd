// EndpointSlices: 10,000 services with 15 endpoints each are read, and 20,000 changes of them followed; ours, with a hundred names bound,
// beside JSON.parse alone of the same bytes by the same transport, and the informer of @kubernetes/client-node. Each in a process of its
// own, in turns.
//
//   npm run bench -- k8s [SERVICES] [ROUNDS]
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { clientNode, VERSION } from "./lib/client-node.mjs";
import { median, table } from "./lib/interleave.mjs";
import { startPeer } from "./lib/processes.mjs";
import { weightOfPackage } from "./lib/weight.mjs";

const SERVICES = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 6);
const SIZE = 15;
const EVENTS = 20_000;
const WAVES = 3;
const TOUCHES = 40;
/** No faster than anybody takes changes of one name. */
const TOUCH_MS = 120;
const NAMES = ["JSON.parse", "namerkit", "client-node"];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const peer = await clientNode();
const figures = Object.fromEntries(NAMES.map((name) => [name, { sync: [], events: [], latency: [] }]));
const server = await startPeer("k8s-server.mjs", [String(SERVICES), String(SIZE)]);
const { port, bytes } = await server.ask("open");
await server.ask("whole");
for (let round = 0; round < ROUNDS; round++) {
  for (const name of round % 2 === 0 ? NAMES : [...NAMES].reverse()) await measure(name);
}
await server.stop();

async function measure(name) {
  const { sync, events, latency } = figures[name];
  const client = await startPeer("k8s-client.mjs", [name]);
  sync.push(await client.ask("sync", { port, services: SERVICES, size: SIZE }));
  while ((await server.ask("watches")) !== 1) await sleep(20);
  for (let wave = 1; wave <= WAVES; wave++) {
    const done = client.ask("events", { count: EVENTS, round: wave });
    await server.ask("events", { count: EVENTS, round: wave });
    events.push(await done);
  }
  for (let touch = 1; touch <= TOUCHES; touch++) {
    const seen = client.ask("seen", { round: WAVES + touch });
    await sleep(TOUCH_MS);
    const at = await server.ask("touch", { round: WAVES + touch });
    latency.push((await seen) - at);
  }
  await client.stop();
  while ((await server.ask("watches")) !== 0) await sleep(20);
}

/** Of a fresh process that does nothing else: medians of ms and MB. */
async function importing(entry) {
  const script = `const before = process.memoryUsage().rss; const began = performance.now(); await import(${JSON.stringify(entry)});
    console.log(JSON.stringify([performance.now() - began, (process.memoryUsage().rss - before) / 1e6]));`;
  const runs = [];
  for (let i = 0; i < 7; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    runs.push(JSON.parse(stdout));
  }
  return [0, 1].map((column) => median(runs.map((run) => run[column])));
}

const of = (name, what, field) => median(figures[name][what].map((one) => one[field]));
const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))];
const [yard, ours, theirs] = NAMES;
const against = (what, field) => (of(ours, what, field) / of(theirs, what, field)).toFixed(2);
console.log(
  `Node ${process.version}, client-node ${VERSION}\n\n### ${SERVICES} services, ${SERVICES * SIZE} endpoints, ${(bytes / 1e6).toFixed(0)} MB\n`,
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
console.log(
  `\nnamerkit / client-node (G11): time ${against("sync", "ms")}, heap kept ${against("sync", "heap")}, longest block ${against("sync", "block")}`,
);
console.log(`\n### ${EVENTS} events\n`);
table(
  ["", "events/s", "CPU µs per event", "ratio (G13)", "longest block ms", "one change seen after ms: p50, p99"],
  NAMES.map((name) => [
    name,
    (EVENTS / (of(name, "events", "ms") / 1_000)).toFixed(0),
    ((of(name, "events", "cpuMs") * 1_000) / EVENTS).toFixed(1),
    (of(name, "events", "cpuMs") / of(yard, "events", "cpuMs")).toFixed(2),
    of(name, "events", "block").toFixed(0),
    [0.5, 0.99].map((q) => quantile(figures[name].latency, q).toFixed(2)).join(", "),
  ]),
);
console.log("\n### to import\n");
const own = weightOfPackage("@namerkit/k8s");
const row = async (name, { entry, packages, bytes: size }) => {
  const [ms, rss] = await importing(entry);
  return [name, String(packages), (size / 1e6).toFixed(1), ms.toFixed(0), rss.toFixed(0)];
};
table(
  ["", "packages", "MB on disk", "ms", "RSS MB"],
  [await row("@namerkit/k8s", own), await row(`@kubernetes/client-node ${VERSION}`, peer)],
);
