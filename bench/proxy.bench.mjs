// CPU per proxied request: our whole proxy against a bare node:http + undici relay, at 32 keep-alive connections, 128-byte answers.
// Arguments: seconds a sample (2), rounds (7).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./lib/children.mjs";
import { interleaveAsync, median, table } from "./lib/interleave.mjs";
import { load } from "./lib/load.mjs";

const seconds = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 7);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "namerkit-bench-"));
const children = [];
const begin = async (...args) => {
  const child = await start(...args);
  children.push(child);
  return child;
};

try {
  const backEnd = await begin(file("peers/back-end.mjs"), [], /listening on (\d+)/);
  const config = join(folder, "linkerd.yaml");
  writeFileSync(
    config,
    `admin: { port: 0 }\nrouters:\n- protocol: http\n  dtab: /svc => /$/inet/127.0.0.1/${backEnd.port} ;\n  servers:\n  - port: 0\n`,
  );
  const contestants = {
    "node:http + undici, bare": await begin(file("peers/bare-proxy.mjs"), [String(backEnd.port)], /listening on (\d+)/),
    "namerkit proxy": await begin(
      file("../packages/namerkit/bin/namerkit.js"),
      ["proxy", config],
      /serving http on \/127\.0\.0\.1:(\d+)/,
    ),
  };
  const figures = Object.fromEntries(
    Object.keys(contestants).map((name) => [name, { rate: [], p50: [], p99: [], rss: [], failures: 0 }]),
  );
  const cpu = await interleaveAsync(
    Object.fromEntries(
      Object.entries(contestants).map(([name, child]) => [
        name,
        async () => {
          const before = await child.usage();
          const { requests, failures, latencies } = await load({ port: child.port, connections: 32, seconds });
          const after = await child.usage();
          const figure = figures[name];
          figure.rate.push(requests / seconds);
          figure.p50.push(latencies[latencies.length >> 1]);
          figure.p99.push(latencies[Math.floor(latencies.length * 0.99)]);
          figure.rss.push(after.rss / 1e6);
          figure.failures += failures;
          return (after.cpuMicros - before.cpuMicros) / requests;
        },
      ]),
    ),
    { rounds },
  );
  const bare = median(cpu["node:http + undici, bare"]);
  console.log(`Node ${process.version}, 32 connections, 128 B, ${rounds} rounds of ${seconds} s\n`);
  table(
    ["proxy", "CPU µs/request", "ratio to bare", "requests/s", "p50 ms", "p99 ms", "RSS MB", "failures"],
    Object.entries(cpu).map(([name, values]) => {
      const { rate, p50, p99, rss, failures } = figures[name];
      return [
        name,
        median(values).toFixed(0),
        (median(values) / bare).toFixed(2),
        median(rate).toFixed(0),
        median(p50).toFixed(2),
        median(p99).toFixed(1),
        median(rss).toFixed(0),
        failures,
      ];
    }),
  );
} finally {
  await Promise.all(children.map((child) => child.stop()));
  rmSync(folder, { recursive: true, force: true });
}
