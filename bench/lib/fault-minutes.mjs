// A minute of each thing that may be wrong with a catalogue, for several contestants at the same time, each in a process and with a catalogue
// of its own, one service watched: how often it is asked, what observers are told meanwhile, and how long it takes until they know of a
// change once all is well. Written as a table.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { table, tableText } from "./interleave.mjs";
import { startPeer } from "./processes.mjs";

const LASTS_MS = 60_000;
/** A client that has asked so often is stopped: it has shown what it does. */
const MOST = 20_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param spec.server, spec.client scripts of bench/peers
 * @param spec.contestants their names; the first is ours
 * @param spec.theirs how the other one is called in the head of the table
 * @param spec.faults names in order; spec.hot: in which a client without a brake uses up a core; spec.brief: those that are over at once
 * @param spec.uncounted faults in which the server cannot count, as nobody listens
 * @param spec.backMs longer than anybody waits after a failure, or has a question held
 * @param spec.readme where the table is written, between <!-- faults --> and <!-- /faults -->
 */
export async function faultMinutes({ faults, hot, ...spec }) {
  const server = await startPeer(spec.server);
  const results = new Map();
  try {
    // What is hot would slow down the others.
    for (const batch of [faults.filter((name) => !hot.includes(name)), faults.filter((name) => hot.includes(name))]) {
      await Promise.all(
        batch.map(async (fault) => {
          results.set(fault, await Promise.all(spec.contestants.map((name) => endure(server, name, fault, spec))));
        }),
      );
    }
  } finally {
    await server.stop();
  }
  write(
    faults.map((fault) => [fault, ...results.get(fault)]),
    spec,
  );
}

/** One contestant in one fault. */
async function endure(server, name, fault, { client: script, brief, uncounted, backMs }) {
  const client = await startPeer(script, [name]);
  try {
    const { lane, port } = await server.ask("open");
    const counts = async () => ({
      ...(await server.ask("counts", { lane })),
      attempts: await client.ask("attempts", { port }),
      ...(await client.ask("told", { port })),
    });
    await client.ask("watch", { port, count: 1, timeoutMs: 10_000 });
    if (!(await server.ask("settled", { lane, held: 1, timeoutMs: 10_000 }))) throw new Error(`${name} does not wait`);
    const before = await counts();
    const began = performance.now();
    await server.ask("fault", { lane, name: fault });
    const over = (timeoutMs) => server.ask("settled", { lane, requests: before.requests + MOST, timeoutMs });
    const change = async () => {
      await server.ask("fault", { lane });
      const { at, version } = await server.ask("write", { lane, service: "service0" });
      const seen = await client.ask("reached", { port, version, timeoutMs: backMs, service: "service0" });
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
      requests: uncounted.includes(fault) ? after.attempts - before.attempts : after.requests - before.requests,
      repeated: after.repeated - before.repeated,
      wrong: after.wrong - before.wrong,
    };
    return most ? result : { ...result, back: back ?? (await change()) };
  } finally {
    await client.stop();
  }
}

function write(rows, { theirs, backMs, readme }) {
  const asked = ({ requests, seconds }) =>
    seconds === undefined ? String(requests) : `${requests} in ${seconds.toFixed(1)} s, then stopped`;
  const told = ({ wrong, repeated }) =>
    repeated === 0 ? String(wrong) : `${wrong} (and ${repeated} that changed nothing)`;
  const back = ({ back: seconds }) => {
    if (seconds === undefined) return "–";
    return seconds === Number.POSITIVE_INFINITY ? `not in ${backMs / 1_000} s` : `${seconds.toFixed(1)} s`;
  };
  const head = ["a minute of", "requests", theirs, "wrong updates", theirs, "then a change is seen after", theirs];
  const cells = rows.map(([fault, ours, others]) => [
    fault,
    ...[asked, told, back].flatMap((cell) => [cell(ours), cell(others)]),
  ]);
  console.log(`Node ${process.version}; 1 service watched, ${LASTS_MS / 1_000} s of each\n`);
  table(head, cells);
  if (!process.argv.includes("--write")) return;
  const text = readFileSync(readme, "utf8");
  const marks = /(<!-- faults -->)[\s\S]*?(<!-- \/faults -->)/;
  if (!marks.test(text)) throw new Error("the README has no place for it: <!-- faults --> and <!-- /faults -->");
  writeFileSync(
    readme,
    text.replace(marks, (_, begin, end) => `${begin}\n${tableText(head, cells)}\n${end}`),
  );
  console.log(`\n${readme.pathname}: written`);
}
