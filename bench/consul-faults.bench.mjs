// A minute of each thing that may be wrong with a Consul: how often it is asked, what observers are told meanwhile, and how long it takes
// until they know of a change once all is well. Ours and the npm package consul at the same time, each in a process and with a
// Consul of its own, one service watched.
//
//   npm run bench -- consul-faults [--write]      --write: into packages/consul/README.md, between <!-- faults --> and <!-- /faults -->
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { brief, faults, hot } from "./lib/consul-faults.mjs";
import { table, tableText } from "./lib/interleave.mjs";
import { startPeer } from "./lib/processes.mjs";

const CONTESTANTS = ["namerkit", "consul npm"];
const LASTS_MS = 60_000;
/** A client that has asked so often is stopped: it has shown what it does. */
const MOST = 20_000;
/** Longer than either waits after a failure, or has a poll held. */
const BACK_MS = 75_000;
const README = new URL("../packages/consul/README.md", import.meta.url);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One contestant in one fault. */
async function endure(server, name, fault) {
  const client = await startPeer("consul-client.mjs", [name]);
  try {
    const { lane, port } = await server.ask("open");
    const counts = async () => ({
      ...(await server.ask("counts", { lane })),
      attempts: await client.ask("attempts", { port }),
      ...(await client.ask("told", { port })),
    });
    await client.ask("watch", { port, count: 1, timeoutMs: 10_000 });
    if (!(await server.ask("settled", { lane, held: 1, timeoutMs: 10_000 }))) throw new Error(`${name} does not poll`);
    const before = await counts();
    const began = performance.now();
    await server.ask("fault", { lane, name: fault });
    const over = (timeoutMs) => server.ask("settled", { lane, requests: before.requests + MOST, timeoutMs });
    const change = async () => {
      await server.ask("fault", { lane });
      const { at, version } = await server.ask("write", { lane, service: "service0" });
      const seen = await client.ask("reached", { port, version, timeoutMs: BACK_MS, service: "service0" });
      return seen === undefined ? Number.POSITIVE_INFINITY : (seen - at) / 1_000;
    };
    let back;
    if (brief.includes(fault)) {
      await sleep(2_000);
      back = await change();
    }
    const most = await over(Math.max(0, LASTS_MS - (performance.now() - began)));
    const seconds = (performance.now() - began) / 1_000;
    const after = await counts();
    const result = {
      seconds: most ? seconds : undefined,
      requests: fault === "connection refused" ? after.attempts - before.attempts : after.requests - before.requests,
      repeated: after.repeated - before.repeated,
      wrong: after.wrong - before.wrong,
    };
    return most ? result : { ...result, back: back ?? (await change()) };
  } finally {
    await client.stop();
  }
}

const server = await startPeer("consul-server.mjs");
const results = new Map();
try {
  const names = Object.keys(faults);
  // What is hot would slow down the others.
  for (const batch of [names.filter((name) => !hot.includes(name)), hot]) {
    await Promise.all(
      batch.map(async (fault) => {
        results.set(fault, await Promise.all(CONTESTANTS.map((name) => endure(server, name, fault))));
      }),
    );
  }
} finally {
  await server.stop();
}

const asked = ({ requests, seconds }) =>
  seconds === undefined ? String(requests) : `${requests} in ${seconds.toFixed(1)} s, then stopped`;
const told = ({ wrong, repeated }) =>
  repeated === 0 ? String(wrong) : `${wrong} (and ${repeated} that changed nothing)`;
const back = ({ back: seconds }) =>
  seconds === undefined
    ? "–"
    : seconds === Number.POSITIVE_INFINITY
      ? `not in ${BACK_MS / 1_000} s`
      : `${seconds.toFixed(1)} s`;
const head = [
  "a minute of",
  "requests",
  "consul npm's",
  "wrong updates",
  "consul npm's",
  "then a change is seen after",
  "consul npm's",
];
const rows = [...results.keys()].sort(byOrder).map((fault) => {
  const [ours, theirs] = results.get(fault);
  return [fault, asked(ours), asked(theirs), told(ours), told(theirs), back(ours), back(theirs)];
});
console.log(`Node ${process.version}; 1 service watched, ${LASTS_MS / 1_000} s of each\n`);
table(head, rows);
if (process.argv.includes("--write")) {
  const text = readFileSync(README, "utf8");
  const marks = /(<!-- faults -->)[\s\S]*?(<!-- \/faults -->)/;
  if (!marks.test(text)) throw new Error("the README has no place for it: <!-- faults --> and <!-- /faults -->");
  writeFileSync(
    README,
    text.replace(marks, (_, begin, end) => `${begin}\n${tableText(head, rows)}\n${end}`),
  );
  console.log("\npackages/consul/README.md: written");
}

function byOrder(one, other) {
  const order = Object.keys(faults);
  return order.indexOf(one) - order.indexOf(other);
}
