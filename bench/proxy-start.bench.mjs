// From spawn to the first proxied 200, and the CPU time of that: our command beside the proxies of npm, against a process that serves with
// node:http and does nothing else.
//
//   npm run bench -- proxy-start [ROUNDS (10)]
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { watchMachine } from "./lib/machine.mjs";
import { bareServer, OURS, onStage, PEERS, RELAY } from "./lib/proxies.mjs";
import { Lane } from "./lib/rate.mjs";
import { treeUsage } from "./lib/tree-usage.mjs";

const rounds = Number(process.argv[2] ?? 10);
const ALONE = "node:http alone, no proxy";
const env = { ...process.env, NAMERKIT_LOG: "warn" };
const machine = watchMachine();

async function startOnce({ script, args, ready }) {
  const begin = performance.now();
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    let output = "";
    const port = await new Promise((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (text) => {
        output += text;
        const found = ready.exec(output);
        if (found) resolve(Number(found[1]));
      });
      child.on("exit", () => reject(new Error(`${script} ended before it was ready:\n${output}`)));
    });
    const lane = await Lane.open(port);
    if (!(await lane.ask())) throw new Error(`${script} did not answer with 200`);
    const ms = performance.now() - begin;
    const { cpuMicros, rss } = treeUsage(child.pid);
    lane.close();
    return { ms, cpu: cpuMicros / 1_000, rss: rss / 1e6 };
  } finally {
    // As an operator ends it, so that what is kept for the next start is written.
    child.kill("SIGTERM");
    await ended;
  }
}

await onStage(async (stage) => {
  const { port } = await stage.backEnd(128);
  const what = [OURS, ...PEERS, RELAY].map((name) => [name, stage.of(name, port)]);
  const contestants = [[ALONE, bareServer], ...what].map(([name, one]) => [name, () => startOnce(one)]);
  const all = await interleaveAsync(Object.fromEntries(contestants), { rounds });
  const of = (name, key) => median(all[name].map((sample) => sample[key]));
  console.log(`\n### Spawn to the first 200, ${rounds} starts each\n`);
  table(
    ["", "ms", "of node:http alone (G9)", "lowest to highest", "CPU ms", "of node:http alone", "RSS MB"],
    Object.keys(all).map((name) => {
      const times = all[name].map(({ ms }) => ms);
      const ratio = (key) => (of(name, key) / of(ALONE, key)).toFixed(2);
      return [
        ...[
          name,
          of(name, "ms").toFixed(0),
          ratio("ms"),
          `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`,
        ],
        ...[of(name, "cpu").toFixed(0), ratio("cpu"), of(name, "rss").toFixed(0)],
      ];
    }),
  );
});
console.log(`\n${machine()}`);
