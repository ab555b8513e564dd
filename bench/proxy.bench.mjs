// CPU per proxied request: our whole proxy beside a bare node:http + undici relay, the proxies of npm, nginx and HAProxy with one worker, at
// 32 keep-alive connections, 128 B and 16 KB. CPU time is that of all threads of all processes, from /proc; so Linux only.
//
//   npm run bench -- proxy [SECONDS A SAMPLE (2)] [ROUNDS (5)]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./lib/children.mjs";
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { load } from "./lib/load.mjs";
import { native, startNative, treeUsage } from "./lib/natives.mjs";

const seconds = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 5);
const CONNECTIONS = 32;
const OURS = "namerkit proxy";
const PEERS = ["fast-proxy", "@fastify/http-proxy"];
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "namerkit-bench-"));
const listening = /listening on (\d+)/;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function contestantsFor(to, begin) {
  const config = join(folder, `linkerd-${to}.yaml`);
  writeFileSync(
    config,
    `admin: { port: 0 }\nrouters:\n- protocol: http\n  dtab: /svc => /$/inet/127.0.0.1/${to} ;\n  client: { loadBalancer: { kind: ewma } }\n  servers: [{ port: 0 }]\n`,
  );
  const peer = (script) => begin(() => start(file(`peers/${script}`), [String(to)], listening));
  const all = {
    "node:http + undici, bare": await peer("bare-proxy.mjs"),
    [OURS]: await begin(() =>
      start(file("../packages/namerkit/bin/namerkit.js"), ["proxy", config], /serving http on \/127\.0\.0\.1:(\d+)/),
    ),
    "fast-proxy": await peer("fast-proxy.mjs"),
    httpxy: await peer("httpxy.mjs"),
    "@fastify/http-proxy": await peer("fastify-proxy.mjs"),
  };
  for (const name of ["nginx", "haproxy"]) {
    const found = await native(name);
    if ("reason" in found) console.log(`not run: ${name}: ${found.reason}`);
    else {
      const dir = mkdtempSync(join(folder, name));
      all[name] = await begin(async () => startNative(name, found.path, { port: await freePort(), to, dir }));
    }
  }
  return all;
}

async function compare(bytes) {
  const children = [];
  const begin = async (starting) => {
    const child = await starting();
    children.push(child);
    return child;
  };
  try {
    const backEnd = await begin(() => start(file("peers/back-end.mjs"), [String(bytes)], listening));
    const contestants = await contestantsFor(backEnd.port, begin);
    const figures = Object.fromEntries(
      Object.entries(contestants).map(([name, { pid }]) => [
        name,
        { idle: treeUsage(pid).rss / 1e6, rate: [], p50: [], p99: [], rss: [], failures: 0 },
      ]),
    );
    const sample = async (name, child) => {
      const before = treeUsage(child.pid);
      const { requests, failures, latencies } = await load({ port: child.port, connections: CONNECTIONS, seconds });
      const after = treeUsage(child.pid);
      const figure = figures[name];
      figure.rate.push(requests / seconds);
      figure.p50.push(latencies[latencies.length >> 1]);
      figure.p99.push(latencies[Math.floor(latencies.length * 0.99)]);
      figure.rss.push(after.rss / 1e6);
      figure.failures += failures;
      return (after.cpuMicros - before.cpuMicros) / requests;
    };
    const all = Object.entries(contestants).map(([name, child]) => [name, () => sample(name, child)]);
    const cpu = await interleaveAsync(Object.fromEntries(all), { rounds });
    report(bytes, cpu, figures);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

function report(bytes, cpu, figures) {
  const of = (name) => median(cpu[name]);
  const best = Math.min(...PEERS.map(of));
  console.log(`\n### ${bytes} B, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s\n`);
  table(
    [
      "proxy",
      "CPU µs/request",
      "best of npm / it (G2, G3)",
      "nginx / it (G4)",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "RSS MB (idle)",
      "failures",
    ],
    Object.keys(cpu).map((name) => {
      const { rate, p50, p99, rss, idle, failures } = figures[name];
      return [
        name,
        of(name).toFixed(0),
        (best / of(name)).toFixed(2),
        cpu.nginx === undefined ? "" : (of("nginx") / of(name)).toFixed(2),
        median(rate).toFixed(0),
        median(p50).toFixed(2),
        median(p99).toFixed(1),
        `${median(rss).toFixed(0)} (${idle.toFixed(0)})`,
        failures,
      ];
    }),
  );
}

console.log(`Node ${process.version}`);
try {
  for (const bytes of [128, 16_384]) await compare(bytes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
