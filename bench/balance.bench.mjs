// Picks a second of each balancer: pick, start, judge, end, with so many requests under way. Ours only: what Linkerd's cost on a JVM
// is no measure for this.
import { noMetrics } from "@namerkit/core";
import { interleave, median, short, table } from "./lib/interleave.mjs";

const built = new URL("../packages/client/dist/", import.meta.url);
const { Balancer } = await import(new URL("balance/balancer.js", built));
const { strategy } = await import(new URL("balance/options.js", built));
const { Accrual } = await import(new URL("health/accrual.js", built));

const kinds = ["p2c", "ewma", "aperture", "heap", "roundRobin"];
const requests = 1_000_000;
const underWay = 64;

function sets(size, weights) {
  return Array.from({ length: size }, (_, i) => ({
    ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    port: 80,
    weight: 1 + (i % weights),
    meta: {},
  }));
}

/** Picks a second, and the bytes that each allocated. */
function run(kind, addresses, dead, figures) {
  const random = Math.random;
  const balancer = new Balancer({
    strategy: strategy({ kind }, random),
    accrual: new Accrual({}, { label: "bench", random, metrics: noMetrics, log: undefined }),
    random,
    closed() {},
  });
  balancer.update(addresses, 0);
  const uses = Array.from({ length: underWay }, () => ({ endpoint: undefined, startedAt: 0, deaths: 0, probe: false }));
  for (const endpoint of balancer.endpoints.slice(0, dead)) {
    for (let i = 0; i < 5; i++) {
      balancer.start(uses[0], endpoint, 0);
      balancer.judge(uses[0], "failure", 0);
      balancer.end(uses[0], 0);
    }
  }
  for (const use of uses) balancer.start(use, balancer.pick(1), 1);
  const heap = process.memoryUsage().heapUsed;
  const start = performance.now();
  for (let i = 0; i < requests; i++) {
    const use = uses[i % underWay];
    // The clock is part of the work: once at the start of a request, and once at its end.
    const end = performance.now();
    balancer.judge(use, "success", end % 4000);
    balancer.end(use, end % 4000);
    const now = performance.now() % 4000;
    balancer.start(use, balancer.pick(now), now);
  }
  const rate = requests / ((performance.now() - start) / 1000);
  figures.bytes.push((process.memoryUsage().heapUsed - heap) / requests);
  return rate;
}

const cases = [
  { name: "10", size: 10, weights: 1, dead: 0 },
  { name: "1,000", size: 1000, weights: 1, dead: 0 },
  { name: "1,000, half of them dead", size: 1000, weights: 1, dead: 500 },
  { name: "1,000 of 10 weights", size: 1000, weights: 10, dead: 0 },
  { name: "10,000", size: 10_000, weights: 1, dead: 0 },
];

const rows = [];
for (const one of cases) {
  const addresses = sets(one.size, one.weights);
  const figures = Object.fromEntries(kinds.map((kind) => [kind, { bytes: [] }]));
  const contestants = Object.fromEntries(
    kinds.map((kind) => [kind, () => run(kind, addresses, one.dead, figures[kind])]),
  );
  const rates = interleave(contestants, { rounds: 3 });
  rows.push([
    one.name,
    ...kinds.map((kind) => `${short(median(rates[kind]))} (${median(figures[kind].bytes).toFixed(0)} B)`),
  ]);
}
console.log("Requests a second through each balancer, and bytes allocated for each:\n");
table(["endpoints", ...kinds], rows);
