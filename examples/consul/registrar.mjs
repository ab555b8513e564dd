// Sees to it that a Consul agent knows the instances it should know and which are there, also after it has lost its memory. Once it does,
// Consul itself checks their health.
//   node registrar.mjs CONSUL_HOST:PORT INSTANCES.json CONTROL_HOST:PORT
// Control: GET / tells of all instances, with 200 as long as the agent answers and 503 while it does not;
// POST /register?instance=ID, /deregister, /sick, /well, and /maintain, /resume, which Consul itself is told to do.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";

/** How often the agent is asked what it knows, ms. */
const EVERY_MS = 1_000;
const PATIENCE_MS = 5_000;
/** An instance that has not started yet has no name either, and DNS can take long to say so. */
const INSTANCE_PATIENCE_MS = 1_000;

const [agent, file, control] = process.argv.slice(2);
if (control === undefined) {
  console.error("usage: node registrar.mjs CONSUL_HOST:PORT INSTANCES.json CONTROL_HOST:PORT");
  process.exit(2);
}
/** By id. `registered`: whether the agent should know it; `known`: whether it does. */
const instances = new Map(JSON.parse(readFileSync(file, "utf8")).map((one) => [one.id, { ...one, known: false }]));

let answers = false;
let lastTrouble;
/** One after the other, so that no two contradict each other. */
let reconciling = Promise.resolve();
let waiting = 0;
const reconcile = () => {
  waiting++;
  reconciling = reconciling
    .then(reconcileOnce)
    .catch((error) => {
      answers = false;
      for (const one of instances.values()) one.known = false;
      const trouble = error.cause?.message ?? error.message;
      if (trouble !== lastTrouble) console.log(`${agent}: ${trouble}`);
      lastTrouble = trouble;
    })
    .finally(() => waiting--);
  return reconciling;
};

async function reconcileOnce() {
  const known = JSON.parse(await call(`http://${agent}/v1/agent/services`));
  answers = true;
  lastTrouble = undefined;
  for (const one of instances.values()) one.known = one.id in known;
  await Promise.all([...instances.values()].filter((one) => one.registered !== one.known).map(settle));
}

async function settle(one) {
  if (one.registered) {
    if (!(await isWell(one))) return;
    await call(`http://${agent}/v1/agent/service/register`, "PUT", registration(one));
  } else await call(`http://${agent}/v1/agent/service/deregister/${one.id}`, "PUT");
  one.known = one.registered;
  console.log(`${one.registered ? "registered" : "deregistered"} ${one.id}`);
}

async function isWell({ address, port }) {
  return call(`http://${address}:${port}/health`, "GET", undefined, INSTANCE_PATIENCE_MS).then(
    () => true,
    () => false,
  );
}

function registration({ id, service, address, port }) {
  // Somebody has just looked; Consul would call it critical until it has looked itself.
  const Status = "passing";
  const Check = { HTTP: `http://${address}:${port}/health`, Interval: "1s", Timeout: "2s", Status };
  return { ID: id, Name: service, Address: address, Port: port, Check };
}

async function call(url, method = "GET", body = undefined, patienceMs = PATIENCE_MS) {
  const json = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetch(url, { method, ...json, signal: AbortSignal.timeout(patienceMs) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text;
}

const commands = {
  register: (one) => should(one, true),
  deregister: (one) => should(one, false),
  sick: ({ address, port }) => call(`http://${address}:${port}/health?is=bad`, "POST"),
  well: ({ address, port }) => call(`http://${address}:${port}/health?is=good`, "POST"),
  maintain: (one) => maintenance(one, true),
  resume: (one) => maintenance(one, false),
};

async function maintenance({ id }, enable) {
  await call(`http://${agent}/v1/agent/service/maintenance/${id}?enable=${enable}&reason=example`, "PUT");
}

async function should(one, registered) {
  one.registered = registered;
  await reconcile();
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://registrar");
  if (request.method === "GET" && pathname === "/") return tell(answers ? 200 : 503, [...instances.values()]);
  const command = Object.hasOwn(commands, pathname.slice(1)) ? commands[pathname.slice(1)] : undefined;
  if (command === undefined)
    return tell(404, { error: `no ${pathname}; there are ${Object.keys(commands).join(", ")}` });
  if (request.method !== "POST") return tell(405, { error: `${pathname} is for POST` });
  const one = instances.get(searchParams.get("instance"));
  if (one === undefined) return tell(404, { error: `?instance= is one of ${[...instances.keys()].join(", ")}` });
  try {
    await command(one);
    tell(200, one);
  } catch (error) {
    tell(502, { error: error.cause?.message ?? error.message });
  }

  function tell(status, json) {
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(json)}\n`);
  }
}

const [, host, port] = /^(.+):(\d+)$/.exec(control) ?? [];
const server = createServer((request, response) => {
  request.resume();
  answer(request, response).catch((error) => response.writeHead(400).end(`${error.message}\n`));
}).listen(Number(port), host, () => console.log(`control on ${control}`));
reconcile();
const timer = setInterval(() => waiting > 0 || reconcile(), EVERY_MS);

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    // What is registered stays so: its instances run on.
    clearInterval(timer);
    server.close();
    server.closeAllConnections();
  });
}
