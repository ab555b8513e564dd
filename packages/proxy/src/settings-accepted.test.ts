import { createNameClient } from "@namerkit/client";
import { createRegistry, loadConfig } from "@namerkit/config";
import { corePlugins, createInterpreter, Dtab, noMetrics, Path, systemClock } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { proxyPlugins } from "./index.js";

const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins] });
const least = "0.001";
const most = String(Number.MAX_SAFE_INTEGER);

/** The ends of what a configuration may say; what lies beyond is the loader's to refuse, with its place, and not a request's. */
const extremes = [
  "loadBalancer: { kind: p2c, maxEffort: 1 }",
  `loadBalancer: { kind: ewma, maxEffort: ${most}, decayTimeMs: 1 }`,
  "loadBalancer: { kind: aperture, smoothWindowMs: 1, lowLoad: 0, highLoad: 0, minAperture: 1 }",
  `loadBalancer: { kind: aperture, lowLoad: 5, highLoad: 5, minAperture: ${most} }`,
  "loadBalancer: { kind: heap }",
  "loadBalancer: { kind: roundRobin, maxEffort: 1 }",
  "failureAccrual: { kind: none }",
  "failureAccrual: { kind: io.l5d.consecutiveFailures, failures: 1, backoff: { kind: constant } }",
  "failureAccrual: { kind: io.l5d.successRate, successRate: 0, requests: 1, backoff: { kind: jittered, minMs: 0, maxMs: 0 } }",
  `failureAccrual: { kind: io.l5d.successRate, successRate: 1, requests: ${most} }`,
  `failureAccrual: { kind: io.l5d.successRateWindowed, successRate: 1, window: ${least} }`,
  "failureAccrual: { kind: io.l5d.successRateWindowed, successRate: 0, window: 2147483 }",
  "requeueBudget: { minRetriesPerSec: 0, percentCanRetry: 0, ttlSecs: 1 }",
  `requeueBudget: { minRetriesPerSec: ${most}, percentCanRetry: 1000, ttlSecs: 60 }`,
  "failFast: true",
];

describe("what the loader accepts of a client", () => {
  it.each(extremes)("can be acted on: %s", async (settings) => {
    const text = `routers:
- protocol: http
  bindingTimeoutMs: 2147483647
  bindingCache: { paths: 0, trees: 0, bounds: 0, clients: 0, idleTtlSecs: 1 }
  servers: [{ port: 0 }]
  client: { ${settings} }
`;
    const { plan, problems } = await loadConfig({ text, file: "f", baseDir: "/" }, registry);
    expect(problems).toEqual([]);
    const router = plan?.routers[0];
    if (router === undefined) throw new Error("there is no router");
    const { idleTtlSecs, ...cache } = router.bindingCache;
    const client = createNameClient({
      interpreter: createInterpreter({ namers: [] }),
      dtab: Dtab.empty,
      clock: systemClock,
      random: Math.random,
      metrics: noMetrics,
      bindingTimeoutMs: router.bindingTimeoutMs,
      cache: { ...cache, idleTtlMs: idleTtlSecs * 1_000 },
      tuning: (id) => router.client.of(id),
    });
    try {
      const lease = await client.acquire(Path.parse("/$/inet/127.0.0.1/80"), Dtab.empty, {});
      expect(lease.address).toMatchObject({ ip: "127.0.0.1", port: 80 });
      lease.release("success");
    } finally {
      client.close();
    }
  });
});
