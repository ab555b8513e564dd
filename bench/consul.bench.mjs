// Watching services in Consul: ours, the npm package consul, and a bare undici loop, each in a process of its own, against a lean Consul in
// another (lib/consul-lane.mjs). They take turns, in an order that is reversed each round.
//
//   npm run bench -- consul [PART ...]     parts: waves latency idle limit; all by default
import { fileURLToPath } from "node:url";
import { median, table } from "./lib/interleave.mjs";
import { startPeer } from "./lib/processes.mjs";

const NAMES = 2_000;
const PROCESSES = 3;
const WAVES = 6;
const PATIENCE_MS = 60_000;
/** Between two versions of a service: our namer takes no more than two answers a second of one, once it has had five. */
const REST_MS = 600;

const ALIKE = ["namerkit, a connection per name", "consul npm", "undici, bare loop"];
const DEFAULTS = ["namerkit", "consul npm", "undici, bare loop"];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
const ms = (value) => (value === undefined ? "–" : value.toFixed(value < 10 ? 2 : value < 1_000 ? 1 : 0));

/** A contestant and the lane that it has to itself. */
class Contestant {
  #server;
  #client;
  #lane;
  #port;
  version = 1;
  names = 0;

  static async start(server, name, { limit } = {}) {
    const one = new Contestant();
    one.name = name;
    one.#server = server;
    const { lane, port } = await server.ask("open", { limit });
    one.#lane = lane;
    one.#port = port;
    one.#client = await startPeer("consul-client.mjs", [name]);
    return one;
  }

  /** What is loaded or made once, whatever the number of names, is not what is measured. */
  async warmUp() {
    await this.watch(1);
    for (let i = 0; i < 20; i++) {
      await this.write("service0");
      await sleep(20);
    }
    await this.parked();
  }

  async watch(count, timeoutMs = PATIENCE_MS) {
    this.names += count;
    return this.#client.ask("watch", { port: this.#port, count, timeoutMs });
  }
  parked(timeoutMs = PATIENCE_MS, requests = 0) {
    return this.#server.ask("settled", { lane: this.#lane, held: this.names, requests, timeoutMs });
  }
  write(service) {
    return this.#server.ask("write", { lane: this.#lane, service });
  }
  reached(version, service, timeoutMs = PATIENCE_MS) {
    return this.#client.ask("reached", { port: this.#port, version, service, timeoutMs });
  }
  usage() {
    return this.#client.ask("usage");
  }
  memory() {
    return this.#client.ask("memory");
  }
  told() {
    return this.#client.ask("told", { port: this.#port });
  }
  counts() {
    return this.#server.ask("counts", { lane: this.#lane });
  }

  /** All services at once, and until all are waited for again. */
  async wave(change) {
    const { requests } = await this.counts();
    const before = await this.usage();
    const { at: started } = await this.#server.ask("wave", { lane: this.#lane, change });
    if (change) this.version++;
    const ended = change ? await this.reached(this.version) : undefined;
    const settled = await this.parked(PATIENCE_MS, requests + this.names);
    const after = await this.usage();
    if (!settled || (change && ended === undefined)) throw new Error(`${this.name} did not come through a wave`);
    return { wakeMs: change ? ended - started : undefined, cpu: (after.cpuMicros - before.cpuMicros) / this.names };
  }

  stop() {
    return this.#client.stop();
  }
}

async function withServer(work) {
  const server = await startPeer("consul-server.mjs");
  const started = [];
  try {
    return await work(async (name, options) => {
      const one = await Contestant.start(server, name, options);
      started.push(one);
      return one;
    });
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await server.stop();
  }
}

const turns = (all, round) => (round % 2 === 0 ? all : [...all].reverse());

/** G16: CPU of a wave that answers all polls, how long until the last observer has it, and memory of a poll that is held. */
async function waves() {
  const names = ALIKE;
  const figures = Object.fromEntries(
    names.map((name) => [name, { first: [], rss: [], heap: [], wake: [], cpu: [], touch: [], repeated: 0, wrong: 0 }]),
  );
  for (let round = 0; round < PROCESSES; round++) {
    await withServer(async (start) => {
      const all = [];
      for (const name of turns(names, round)) {
        const one = await start(name);
        const figure = figures[name];
        await one.warmUp();
        const before = await one.memory();
        const { ms: first, complete } = await one.watch(NAMES - 1);
        if (complete === undefined || !(await one.parked())) throw new Error(`${name} did not get all names`);
        figure.first.push(first);
        // Connections that were opened in the rush and are not needed are closed by then.
        await sleep(6_000);
        const after = await one.memory();
        figure.rss.push((after.rss - before.rss) / NAMES / 1024);
        figure.heap.push((after.heapUsed - before.heapUsed) / NAMES / 1024);
        all.push(one);
      }
      for (let wave = -2; wave < WAVES; wave++) {
        for (const one of turns(all, wave + 2)) {
          const told = await one.told();
          const changed = await one.wave(true);
          await sleep(REST_MS);
          const touched = await one.wave(false);
          await sleep(REST_MS);
          if (wave < 0) continue;
          const figure = figures[one.name];
          figure.wake.push(changed.wakeMs);
          figure.cpu.push(changed.cpu);
          figure.touch.push(touched.cpu);
          const { repeated, wrong } = await one.told();
          figure.repeated += repeated - told.repeated;
          figure.wrong += wrong - told.wrong;
        }
      }
    });
  }
  const yardstick = figures["consul npm"];
  const ratio = (figure, key) => (median(figure[key]) / median(yardstick[key])).toFixed(2);
  const count = PROCESSES * WAVES;
  console.log(`\n### ${NAMES} held polls; ${PROCESSES} processes each, ${WAVES} waves each; against consul npm\n`);
  table(
    [
      "client",
      "CPU µs per poll and wave",
      "ratio",
      "nothing changed: CPU µs",
      "ratio",
      "wake all, ms",
      "ratio",
      "RSS kB per poll (heap)",
      "ratio",
      "first answers, ms",
      "updates that changed nothing, a wave",
      "wrong updates",
    ],
    Object.entries(figures).map(([name, one]) => [
      name,
      median(one.cpu).toFixed(0),
      ratio(one, "cpu"),
      median(one.touch).toFixed(0),
      ratio(one, "touch"),
      median(one.wake).toFixed(0),
      ratio(one, "wake"),
      `${median(one.rss).toFixed(1)} (${median(one.heap).toFixed(1)})`,
      ratio(one, "rss"),
      median(one.first).toFixed(0),
      (one.repeated / count).toFixed(0),
      one.wrong,
    ]),
  );
}

/** From the write to the catalogue to the observer. */
async function latency() {
  const rows = [];
  for (const count of [1, 100, NAMES]) {
    await withServer(async (start) => {
      const all = [];
      // Beyond the budget of connections turns are taken; that is measured in `limit`.
      for (const name of count > 120 ? ALIKE : DEFAULTS) {
        const one = await start(name);
        one.samples = [];
        all.push(one);
        await one.watch(count);
        await one.parked();
        // What was written of the first versions is over when it counts.
        await one.wave(true);
        await sleep(REST_MS);
        await one.wave(true);
      }
      await sleep(4_000);
      const writes = count === 1 ? 150 : 500;
      const pause = Math.max(8, REST_MS / all.length / count);
      for (let i = 0; i < writes; i++) {
        for (const one of turns(all, i)) {
          const service = `service${i % count}`;
          const { at: written, version } = await one.write(service);
          const seen = await one.reached(version, service, 10_000);
          one.samples.push(seen === undefined ? undefined : { service, version, written });
          await sleep(pause);
        }
      }
      for (const one of all) {
        const { log, repeated, wrong } = await one.told();
        const seenAt = new Map(log.map(([service, version, when]) => [`${service} ${version}`, when]));
        const samples = one.samples.map((s) => seenAt.get(`${s?.service} ${s?.version}`) - s?.written);
        const sorted = samples.filter((sample) => !Number.isNaN(sample)).sort((a, b) => a - b);
        rows.push([
          count,
          one.name,
          ms(at(sorted, 0.5)),
          ms(at(sorted, 0.99)),
          writes - sorted.length,
          repeated,
          wrong,
        ]);
      }
    });
  }
  console.log("\n### From the write to the observer, a service at a time\n");
  table(["services", "client", "p50 ms", "p99 ms", "not seen", "updates that changed nothing", "wrong updates"], rows);
}

/** What polls cost while nothing happens: an answer each time their time is over, which is 60 s, and consul npm's 30 s. */
async function idle() {
  const minutes = 1.1;
  const rows = [];
  await withServer(async (start) => {
    const all = [];
    for (const name of ALIKE) {
      const one = await start(name);
      all.push(one);
      await one.watch(NAMES);
      await one.parked();
    }
    const begin = await Promise.all(all.map(async (one) => ({ ...(await one.usage()), ...(await one.counts()) })));
    await sleep(minutes * 60_000);
    const end = await Promise.all(all.map(async (one) => ({ ...(await one.usage()), ...(await one.counts()) })));
    for (const [i, one] of all.entries()) {
      const cpu = (end[i].cpuMicros - begin[i].cpuMicros) / 1_000 / minutes;
      const requests = (end[i].requests - begin[i].requests) / minutes;
      const { repeated, wrong } = await one.told();
      rows.push([one.name, cpu.toFixed(0), (cpu / 600).toFixed(2), (requests / NAMES).toFixed(2), repeated, wrong]);
    }
  });
  console.log(`\n### ${NAMES} held polls, nothing happens\n`);
  table(
    [
      "client",
      "CPU ms a minute",
      "% of a core",
      "requests a minute and name",
      "updates that changed nothing",
      "wrong updates",
    ],
    rows,
  );
}

/** A Consul with its usual limit of connections from one client, and ten times as many names. */
async function limit() {
  const rows = [];
  const warmMs = 60_000;
  const writes = 400;
  const every = 50;
  for (const name of DEFAULTS) {
    await withServer(async (start) => {
      const one = await start(name, { limit: 200 });
      const { ms: first, complete } = await one.watch(NAMES, warmMs);
      if (complete !== undefined) await sleep(5_000);
      const silent = (await one.told()).silent;
      const before = { ...(await one.usage()), ...(await one.counts()) };
      const began = performance.now();
      const written = [];
      for (let i = 0; i < writes; i++) {
        const service = `service${(i * 887) % NAMES}`;
        written.push({ service, ...(await one.write(service)) });
        await sleep(every);
      }
      await sleep(25_000);
      const seconds = (performance.now() - began) / 1_000;
      const after = { ...(await one.usage()), ...(await one.counts()) };
      const { log, wrong } = await one.told();
      const seenAt = new Map(log.map(([service, version, when]) => [`${service} ${version}`, when]));
      const sorted = written
        .map(({ service, version, at: when }) => seenAt.get(`${service} ${version}`) - when)
        .filter((sample) => !Number.isNaN(sample))
        .sort((a, b) => a - b);
      rows.push([
        name,
        complete === undefined
          ? `${NAMES - silent} of ${NAMES} in ${warmMs / 1_000} s`
          : `all in ${(first / 1_000).toFixed(1)} s`,
        `${sorted.length} of ${writes}`,
        ms(at(sorted, 0.5)),
        ms(at(sorted, 0.99)),
        ((after.requests - before.requests) / seconds).toFixed(0),
        ((after.refused - before.refused) / seconds).toFixed(0),
        ((after.cpuMicros - before.cpuMicros) / 1e4 / seconds).toFixed(1),
        wrong,
      ]);
    });
  }
  console.log(`\n### ${NAMES} services at an agent that resets the 201st connection\n`);
  table(
    [
      "client",
      "first answers",
      "changes seen",
      "p50 ms of these",
      "p99 ms",
      "requests/s",
      "connections reset/s",
      "% of a core",
      "wrong updates",
    ],
    rows,
  );
}

const parts = { waves, latency, idle, limit };
const wanted = process.argv.slice(2);
for (const part of wanted) {
  if (parts[part] !== undefined) continue;
  console.error(`${fileURLToPath(import.meta.url)}: no part ${part}; parts: ${Object.keys(parts).join(" ")}`);
  process.exit(2);
}
console.log(`Node ${process.version}`);
for (const part of wanted.length > 0 ? wanted : Object.keys(parts)) await parts[part]();
