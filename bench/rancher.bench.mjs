// A version change of Rancher's metadata with 10,000 containers (goals G14 and G15), against JSON.parse of the list of containers
// alone; what it allocates, what a bound name weighs, and how many requests a change costs with 1,000 names bound. Every answer has its
// lists in a new order, as the real server's have.
import { noMetrics, Path, silentLog, systemClock } from "@namerkit/core";
import { listen, Metadata } from "@namerkit/mock-metadata";
import { rancherNamer } from "@namerkit/rancher";
import { interleaveAsync, median, table } from "./lib/interleave.mjs";

const CONTAINERS = 10_000;
const SERVICES = 1_000;
const NAMES = 1_000;
const HOSTS = 50;

const containers = Array.from({ length: CONTAINERS }, (_, i) => container(i));

function container(i) {
  const service = `service${i % SERVICES}`;
  const hex = i.toString(16).padStart(12, "0");
  return {
    create_index: i,
    dns: ["169.254.169.250"],
    dns_search: [`shop.rancher.internal`, `${service}.shop.rancher.internal`, "rancher.internal"],
    environment_uuid: "3f1f6d9c-40c9-4b43-9a1c-0e6e8a2cf5b1",
    external_id: `${hex}${hex}${hex}${hex}${hex}`,
    health_check_hosts: Array.from({ length: 3 }, (_, j) => `5e6ab1c0-7f3b-4d63-8f5e-${hex.slice(1)}${j}`),
    health_state: "healthy",
    host_uuid: `c1a2b3c4-aaaa-bbbb-cccc-${(i % HOSTS).toString(16).padStart(12, "0")}`,
    hostname: `shop-${service}-${i}`,
    ips: [ip(i)],
    labels: {
      "io.rancher.container.ip": `${ip(i)}/16`,
      "io.rancher.container.mac_address": "02:00:00:00:00:01",
      "io.rancher.container.name": `shop-${service}-${i}`,
      "io.rancher.container.uuid": `9f5e3a1b-1111-2222-3333-${hex}`,
      "io.rancher.project.name": "shop",
      "io.rancher.project_service.name": `shop/${service}`,
      "io.rancher.service.deployment.unit": `0aa1bb2c-4444-5555-6666-${hex}`,
      "io.rancher.stack.name": "shop",
      "io.rancher.stack_service.name": `shop/${service}`,
    },
    links: null,
    memory_reservation: null,
    metadata_kind: "container",
    name: `shop-${service}-${i}`,
    network_from_container_uuid: null,
    network_uuid: "a7d9f1f0-9999-8888-7777-0123456789ab",
    ports: ["0.0.0.0:8080:80/tcp"],
    primary_ip: ip(i),
    primary_mac_address: "02:00:00:00:00:01",
    service_index: String(i),
    service_name: service,
    service_uuid: `7c9e6679-7425-40de-944b-${(i % SERVICES).toString(16).padStart(12, "0")}`,
    stack_name: "shop",
    stack_uuid: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    start_count: 1,
    state: "running",
    system: false,
    uuid: `9f5e3a1b-1111-2222-3333-${hex}`,
  };
}

/** As 2015-07-25 tells of it: with the names of its containers. */
function service(i) {
  const name = `service${i}`;
  const names = Array.from({ length: CONTAINERS / SERVICES }, (_, j) => `shop-${name}-${i + j * SERVICES}`);
  return {
    containers: shuffled(names),
    create_index: i,
    environment_uuid: "3f1f6d9c-40c9-4b43-9a1c-0e6e8a2cf5b1",
    expose: ["80/tcp"],
    external_ips: [],
    fqdn: null,
    health_check: { interval: 2000, port: 80, unhealthy_threshold: 3 },
    hostname: null,
    kind: "service",
    labels: { "io.rancher.stack.name": "shop", "io.rancher.scheduler.affinity:host_label": "tier=front" },
    links: {},
    metadata: {},
    metadata_kind: "service",
    name,
    ports: ["8080:80/tcp"],
    primary_service_name: name,
    scale: names.length,
    sidekicks: [],
    stack_name: "shop",
    stack_uuid: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    state: "active",
    system: false,
    token: null,
    uuid: `7c9e6679-7425-40de-944b-${i.toString(16).padStart(12, "0")}`,
    vip: null,
  };
}

function hostOf(i) {
  return {
    agent_ip: `192.0.2.${i + 1}`,
    agent_state: "active",
    hostname: `node-${i}`,
    labels: { zone: "abc"[i % 3] },
    memory: 65_536,
    metadata_kind: "host",
    name: `node-${i}`,
    state: "active",
    uuid: `c1a2b3c4-aaaa-bbbb-cccc-${i.toString(16).padStart(12, "0")}`,
  };
}

function shuffled(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

function ip(i) {
  return `10.42.${i >> 8}.${i & 255}`;
}

/** A new version of the whole list, shuffled, with so many containers at new addresses. */
let moved = CONTAINERS;
function nextBody(changes) {
  const list = [...containers];
  for (let i = 0; i < changes; i++) {
    const at = Math.floor(Math.random() * CONTAINERS);
    const next = { ...containers[at], primary_ip: ip(++moved) };
    containers[at] = next;
    list[at] = next;
  }
  return {
    containers: Buffer.from(JSON.stringify(shuffled(list))),
    services: Buffer.from(JSON.stringify(shuffled(Array.from({ length: SERVICES }, (_, i) => service(i))))),
  };
}

/** The whole namer, answered from memory: a dispatcher that gives each poll a new version as soon as it is told to. */
class Api {
  version = 1;
  body = nextBody(0);
  hosts = Buffer.from(JSON.stringify(shuffled(Array.from({ length: HOSTS }, (_, i) => hostOf(i)))));
  #poll;
  #idle;

  dispatch({ path }, handler) {
    const controller = { abort() {}, pause() {}, resume() {}, aborted: false, reason: null, paused: false };
    handler.onRequestStart(controller, {});
    const answer = (bytes) => {
      handler.onResponseStart(controller, 200, {}, "OK");
      handler.onResponseData(controller, bytes);
      handler.onResponseEnd(controller, {});
    };
    if (path.endsWith("/containers")) answer(this.body.containers);
    else if (path.endsWith("/services")) answer(this.body.services);
    else if (path.endsWith("/hosts")) answer(this.hosts);
    else if (path.endsWith("/self/stack/name")) answer(Buffer.from("shop"));
    else if (!path.includes("wait=true")) answer(Buffer.from(String(this.version)));
    else {
      this.#poll = answer;
      this.#idle?.();
    }
    return true;
  }

  /** Tells a new version and resolves when the namer waits for the next. */
  async tell(body) {
    this.body = body;
    this.version++;
    const done = new Promise((resolve) => {
      this.#idle = resolve;
    });
    this.#poll(Buffer.from(String(this.version)));
    await done;
  }

  async ready() {
    if (this.#poll === undefined) {
      await new Promise((resolve) => {
        this.#idle = resolve;
      });
    }
  }
}

const env = {
  prefix: Path.parse("/#/io.l5d.rancher"),
  // Time stands a thousand times as fast for the pacing of answers, which is not what is measured.
  clock: { ...systemClock, now: () => systemClock.now() * 1_000, after: (ms, fn) => systemClock.after(ms, fn) },
  random: Math.random,
  log: silentLog,
  metrics: noMetrics,
  baseDir: ".",
};

let updates = 0;
function bind(namer) {
  for (let i = 0; i < NAMES; i++) {
    namer.lookup(Path.parse(`/80/shop/service${i % SERVICES}`)).run.observe((state) => {
      if (state.status === "ok" && state.value.type === "leaf") state.value.value.addr.observe(() => updates++);
    });
  }
}

const api = new Api();
bind(rancherNamer({}, { ...env, dispatcher: api }));
await api.ready();

const spent = async (work) => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};
const notified = {};
const change = (name, changes) => async () => {
  const body = nextBody(changes);
  const before = updates;
  const cost = await spent(() => api.tell(body));
  notified[name] = updates - before;
  return cost;
};
const names = {
  parse: "JSON.parse of the text alone",
  same: "the whole job, nothing changed (G15)",
  some: "the whole job, 10 containers changed (G14)",
  many: "the whole job, 500 containers changed",
  first: "the first list of a new namer",
};
const samples = await interleaveAsync({
  [names.parse]: async () => {
    const text = nextBody(0).containers.toString();
    return spent(() => void JSON.parse(text));
  },
  [names.same]: change(names.same, 0),
  [names.some]: change(names.some, 10),
  [names.many]: change(names.many, 500),
  [names.first]: async () => {
    const fresh = new Api();
    return spent(async () => {
      bind(rancherNamer({}, { ...env, dispatcher: fresh }));
      await fresh.ready();
    });
  },
});

const yardstick = median(samples[names.parse]);
console.log(
  `Node ${process.version}, ${CONTAINERS} containers, ${(api.body.containers.length / 1e6).toFixed(1)} MB, ${NAMES} names bound\n`,
);
table(
  ["what", "CPU ms", "against JSON.parse", "names notified"],
  Object.entries(samples).map(([name, values]) => [
    name,
    median(values).toFixed(0),
    (median(values) / yardstick).toFixed(2),
    String(notified[name] ?? ""),
  ]),
);

// How long others wait for their turn while a new list is read.
let longest = 0;
let last = performance.now();
const watching = () => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
  immediate = setImmediate(watching);
};
const body = nextBody(10);
last = performance.now();
let immediate = setImmediate(watching);
await api.tell(body);
clearImmediate(immediate);
console.log(`\nlongest block of the event loop during one change: ${longest.toFixed(1)} ms`);

// What one change allocates, and what is kept for a name.
const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
if (globalThis.gc === undefined) console.log("\nheap figures need --expose-gc");
else {
  const next = nextBody(10);
  const start = heap();
  await api.tell(next);
  const allocated = process.memoryUsage().heapUsed - start;
  console.log(
    `allocated on the heap in one change of 10 containers: ${(allocated / 1e6).toFixed(1)} MB (a lower bound if it was collected meanwhile)`,
  );
  const handles = [];
  const one = rancherNamer({}, { ...env, dispatcher: new Api() });
  const first = one.lookup(Path.parse("/80/shop/service0")).run.observe(() => {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  const empty = heap();
  for (let i = 0; i < 10_000; i++) {
    handles.push(
      one.lookup(Path.parse(`/${8_000 + Math.floor(i / SERVICES)}/shop/service${i % SERVICES}`)).run.observe(() => {}),
    );
  }
  console.log(
    `heap per bound name, of ten addresses each: ${((heap() - empty) / handles.length / 1024).toFixed(1)} kB`,
  );
  for (const handle of [first, ...handles]) handle.close();
}

// Requests, over real sockets.
const metadata = new Metadata("stacks: { shop: { services: { web: { scale: 3 } } } }", {
  clock: systemClock,
  random: Math.random,
});
const server = await listen(metadata);
const namer = rancherNamer({ host: "127.0.0.1", port: server.port });
let sets = 0;
for (let i = 1; i <= NAMES; i++) {
  namer.lookup(Path.parse(`/${i}/shop/web`)).run.observe((state) => {
    if (state.status === "ok" && state.value.type === "leaf") state.value.value.addr.observe(() => sets++);
  });
}
const waiting = async () => {
  while (metadata.waiting !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
};
await waiting();
const changes = 4;
const before = { ...metadata.asked, sets };
for (let i = 0; i < changes; i++) {
  metadata.scale("shop/web", 4 + i);
  await waiting();
}
const requests = metadata.asked.requests - before.requests;
const polls = metadata.asked.polls - before.polls;
console.log(
  `requests per change with ${NAMES} names bound: ${requests / changes} (${polls / changes} poll, the rest lists and the version again), ` +
    `${server.sockets} connection, ${(sets - before.sets) / changes} names notified`,
);
process.exit(0);
