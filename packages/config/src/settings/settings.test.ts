import { Path } from "@namerkit/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, problemsOf, SMALL } from "../../test-support/load.js";
import type { ClientSettings, ServiceSettings } from "../plan-settings.js";

const withLines = (lines: string) => `${SMALL}${lines.replace(/^/gm, "  ")}\n`;

async function clientOf(lines: string, id: string): Promise<ClientSettings | undefined> {
  const { plan, problems } = await load(withLines(lines));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return plan?.routers[0]?.client.of(Path.parse(id));
}

async function serviceOf(lines: string, path: string): Promise<ServiceSettings | undefined> {
  const { plan, problems } = await load(withLines(lines));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return plan?.routers[0]?.service.of(Path.parse(path));
}

describe("settings of clients [parity: client-settings]", () => {
  it("are none without any", async () => {
    expect(await clientOf("", "/#/x/y")).toEqual({});
  });

  it("are the same for all, inline", async () => {
    const lines = `client:
  failFast: true
  requestAttemptTimeoutMs: 600
  hostConnectionPool: { minSize: 1, maxSize: 10, idleTimeMs: 5, maxWaiters: 0 }
  requeueBudget: { percentCanRetry: 5.0 }
  clientSession: { lifeTimeMs: 5 }
  socketOptions: { noDelay: false, reuseAddr: true }
  forwardClientCert: true
  tls: { commonName: web.test }`;
    expect(await clientOf(lines, "/#/x/y")).toEqual({
      failFast: true,
      requestAttemptTimeoutMs: 600,
      hostConnectionPool: { minSize: 1, maxSize: 10, idleTimeMs: 5, maxWaiters: 0 },
      requeueBudget: { minRetriesPerSec: 10, percentCanRetry: 5, ttlSecs: 10 },
      clientSession: { lifeTimeMs: 5 },
      socketOptions: { noDelay: false, reuseAddr: true },
      forwardClientCert: true,
      tls: { commonName: "web.test", disableValidation: false, trustFiles: [], protocols: [] },
    });
  });

  it.each([
    ["{ kind: p2c }", { kind: "p2c", maxEffort: 5 }],
    ["{ kind: ewma, decayTimeMs: 100 }", { kind: "ewma", maxEffort: 5, decayTimeMs: 100 }],
    ["{ kind: ewma }", { kind: "ewma", maxEffort: 5, decayTimeMs: 10_000 }],
    [
      "{ kind: aperture }",
      { kind: "aperture", maxEffort: 5, smoothWindowMs: 5000, lowLoad: 0.5, highLoad: 2, minAperture: 1 },
    ],
    ["{ kind: heap, enableProbation: false }", { kind: "heap" }],
    ["{ kind: roundRobin, maxEffort: 9 }", { kind: "roundRobin", maxEffort: 9 }],
  ])("have a load balancer: %s", async (given, expected) => {
    expect(await clientOf(`client: { loadBalancer: ${given} }`, "/#/x")).toEqual({ loadBalancer: expected });
  });

  it.each([
    ["{ kind: none }", { kind: "none" }],
    ["{ kind: io.l5d.consecutiveFailures, failures: 3 }", { kind: "io.l5d.consecutiveFailures", failures: 3 }],
    [
      "{ kind: io.l5d.successRate, successRate: 0.9, requests: 20, backoff: { kind: constant, ms: 10000 } }",
      { kind: "io.l5d.successRate", successRate: 0.9, requests: 20, backoff: { kind: "constant", ms: 10_000 } },
    ],
    [
      "{ kind: io.l5d.successRateWindowed, successRate: 0.9, window: 30, backoff: { kind: jittered, minMs: 1, maxMs: 9 } }",
      {
        kind: "io.l5d.successRateWindowed",
        successRate: 0.9,
        windowMs: 30_000,
        backoff: { kind: "jittered", minMs: 1, maxMs: 9 },
      },
    ],
  ])("have failure accrual: %s", async (given, expected) => {
    expect(await clientOf(`client: { failureAccrual: ${given} }`, "/#/x")).toEqual({ failureAccrual: expected });
  });

  const configs = `client:
  kind: io.l5d.static
  configs:
  - prefix: /
    requestAttemptTimeoutMs: 1000
    loadBalancer: { kind: ewma }
  - prefix: /#/io.l5d.fs/dog
    loadBalancer: { kind: heap }
  - prefix: /#/*/{service}
    tls: { commonName: "{service}.test" }
  - prefix: /#/io.l5d.fs/plain
    tls: { enabled: false }`;
  const all = { requestAttemptTimeoutMs: 1000, loadBalancer: { kind: "ewma", maxEffort: 5, decayTimeMs: 10_000 } };
  it.each([
    ["/$/inet/10.0.0.1/80", all],
    ["/#/io.l5d.fs/cat", { ...all, tls: named("cat.test") }],
    ["/#/io.l5d.fs/dog/residual", { ...all, loadBalancer: { kind: "heap" }, tls: named("dog.test") }],
    ["/#/io.l5d.fs/plain", all],
    ["/#/io.l5d.fs", all],
  ])("are those of every prefix that covers a name: %s", async (id, expected) => {
    expect(await clientOf(configs, id)).toEqual(expected);
  });

  it("take several captures of one element", async () => {
    const lines = `client:
  kind: io.l5d.static
  configs:
  - prefix: "/#/x/prod/{role}/{service}:https"
    tls: { commonName: "{role}.{service}.test" }`;
    expect((await clientOf(lines, "/#/x/prod/www/shop:eu:https"))?.tls?.commonName).toBe("www.shop:eu.test");
    expect(await clientOf(lines, "/#/x/prod/www/shop")).toEqual({});
  });

  it("go by later prefixes, key by key", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom("/", "/a", "/a/b", "/*/b", "/c"),
            fc.constantFrom("failFast", "forwardClientCert"),
            fc.boolean(),
          ),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        async (entries) => {
          const lines = entries
            .map(([prefix, key, value]) => `  - { prefix: "${prefix}", ${key}: ${value} }`)
            .join("\n");
          const expected: Record<string, boolean> = {};
          for (const [prefix, key, value] of entries) if (prefix !== "/c") expected[key] = value;
          const text = `client:\n  kind: io.l5d.static\n  configs:\n${lines}`;
          expect(await clientOf(text, "/a/b/c")).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    ));
});

describe("settings of services [parity: client-settings]", () => {
  it("have time-outs, retries and a classifier", async () => {
    const lines = `service:
  totalTimeoutMs: 500
  retries: { budget: { ttlSecs: 5 }, backoff: { kind: constant } }
  responseClassifier: { kind: io.l5d.http.retryableRead5XX }`;
    expect(await serviceOf(lines, "/svc/web")).toEqual({
      totalTimeoutMs: 500,
      retries: {
        budget: { minRetriesPerSec: 10, percentCanRetry: 0.2, ttlSecs: 5 },
        backoff: { kind: "constant", ms: 0 },
      },
      responseClassifier: "io.l5d.http.retryableRead5XX",
    });
  });

  it("take a budget from one prefix and a back-off from another", async () => {
    const lines = `service:
  kind: io.l5d.static
  configs:
  - { prefix: /, retries: { budget: { percentCanRetry: 1 } } }
  - { prefix: /svc/*, retries: { backoff: { kind: jittered, minMs: 1, maxMs: 2 } } }
  - { prefix: /svc/hello, totalTimeoutMs: 600 }
  - { prefix: /svc/world, totalTimeoutMs: 100 }`;
    expect(await serviceOf(lines, "/svc/hello")).toEqual({
      totalTimeoutMs: 600,
      retries: {
        budget: { minRetriesPerSec: 10, percentCanRetry: 1, ttlSecs: 10 },
        backoff: { kind: "jittered", minMs: 1, maxMs: 2 },
      },
    });
  });
});

describe("what stood in the router once", () => {
  it("counts as if it stood in client and service, where these say nothing", async () => {
    const lines = `timeoutMs: 900
responseClassifier: { kind: io.l5d.retryableRead5XX }
retries: { backoff: { kind: constant, ms: 5 } }
failureAccrual: { kind: none }
loadBalancer: { kind: heap }
failFast: true
client: { loadBalancer: { kind: ewma }, timeoutMs: 5 }
service: { retries: { budget: { ttlSecs: 20 } } }`;
    expect(await clientOf(lines, "/x")).toEqual({
      failFast: true,
      failureAccrual: { kind: "none" },
      loadBalancer: { kind: "ewma", maxEffort: 5, decayTimeMs: 10_000 },
      requestAttemptTimeoutMs: 5,
    });
    expect(await serviceOf(lines, "/svc/x")).toEqual({
      totalTimeoutMs: 900,
      responseClassifier: "io.l5d.http.retryableRead5XX",
      retries: {
        backoff: { kind: "constant", ms: 5 },
        budget: { minRetriesPerSec: 10, percentCanRetry: 0.2, ttlSecs: 20 },
      },
    });
  });
});

describe("TLS as Linkerd had it before 1.0", () => {
  it("goes without validation where its kind said so, with a warning", async () => {
    const text = withLines("client: { tls: { kind: io.l5d.noValidation } }");
    expect(await problemsOf(text)).toEqual(["5:20 routers.0.client.tls.kind KEY_REMOVED?"]);
    const tls = (await load(text)).plan?.routers[0]?.client.of(Path.empty).tls;
    expect(tls).toEqual({ disableValidation: true, trustFiles: [], protocols: [] });
  });

  it("needs its name", async () => {
    const text = withLines("client: { tls: { kind: io.l5d.static } }");
    expect(await problemsOf(text)).toContain("5:18 routers.0.client.tls.commonName CONFIG_MISSING");
  });
});

describe("mistakes", () => {
  it.each([
    ["client: { tls: {} }", "5:18 routers.0.client.tls.commonName CONFIG_MISSING"],
    ["client: { tls: { commonName: '' } }", "5:20 routers.0.client.tls.commonName CONFIG_MISSING"],
    ["client: { tls: { commonName: 'x.{a}' } }", "5:35 routers.0.client.tls.commonName CONFIG_VALUE"],
    [
      "client: { tls: { disableValidation: true, clientAuth: { certPath: /dev/null, keyPath: /dev/null } } }",
      "5:45 routers.0.client.tls.clientAuth CONFIG_VALUE",
    ],
    [
      "client: { tls: { commonName: x, trustCerts: [/dev/null], trustCertsBundle: /dev/null } }",
      "5:35 routers.0.client.tls.trustCerts CONFIG_VALUE",
    ],
    [
      "client: { tls: { commonName: x, clientAuth: { certPath: /dev/null } } }",
      "5:47 routers.0.client.tls.clientAuth.keyPath CONFIG_MISSING",
    ],
    ["client: { tls: { commonName: x, protocols: [SSLv3] } }", "5:47 routers.0.client.tls.protocols.0 CONFIG_VALUE"],
    [
      "client: { tls: { commonName: x, trustCertsBundle: / } }",
      "5:53 routers.0.client.tls.trustCertsBundle CONFIG_FILE",
    ],
    [
      "client: { kind: io.l5d.static, configs: [{ prefix: '/{a}', tls: { commonName: '{b}' } }] }",
      "5:82 routers.0.client.configs.0.tls.commonName CONFIG_VALUE",
    ],
    [
      "client: { kind: io.l5d.static, configs: [{ prefix: web, failFast: true }] }",
      "5:54 routers.0.client.configs.0.prefix PATH_INVALID",
    ],
    [
      "client: { kind: io.l5d.static, configs: [{ prefix: '/a b' }] }",
      "5:54 routers.0.client.configs.0.prefix PATH_INVALID",
    ],
    [
      "client: { hostConnectionPool: { minSize: 5, maxSize: 4 } }",
      "5:33 routers.0.client.hostConnectionPool CONFIG_VALUE",
    ],
    ["client: { requeueBudget: { ttlSecs: 61 } }", "5:39 routers.0.client.requeueBudget.ttlSecs CONFIG_VALUE"],
    [
      "client: { failureAccrual: { kind: io.l5d.consecutiveFailures } }",
      "5:29 routers.0.client.failureAccrual.failures CONFIG_MISSING",
    ],
    [
      "service: { retries: { backoff: { kind: jittered, minMs: 9, maxMs: 1 } } }",
      "5:59 routers.0.service.retries.backoff.minMs CONFIG_VALUE",
    ],
    [
      "service: { retries: { backoff: { kind: jittered, minMs: 9 } } }",
      "5:34 routers.0.service.retries.backoff.maxMs CONFIG_MISSING",
    ],
    ["service: { totalTimeoutMs: '500' }", "5:30 routers.0.service.totalTimeoutMs CONFIG_TYPE"],
    ["streamingEnabled: false\nstreamAfterContentLengthKB: 5", "6:3 routers.0.streamAfterContentLengthKB CONFIG_VALUE"],
    ["httpAccessLogRollPolicy: weekly", "5:28 routers.0.httpAccessLogRollPolicy CONFIG_VALUE"],
    ["bindingTimeoutMs: 0", "5:21 routers.0.bindingTimeoutMs CONFIG_VALUE"],
    ["bindingCache: { idleTtlSecs: 0 }", "5:32 routers.0.bindingCache.idleTtlSecs CONFIG_VALUE"],
    [
      "client: { requeueBudget: { percentCanRetry: 1001 } }",
      "5:47 routers.0.client.requeueBudget.percentCanRetry CONFIG_VALUE",
    ],
    [
      "client: { loadBalancer: { kind: ewma, decayTimeMs: 0 } }",
      "5:54 routers.0.client.loadBalancer.decayTimeMs CONFIG_VALUE",
    ],
    [
      "client: { loadBalancer: { kind: aperture, lowLoad: 2, highLoad: 1 } }",
      "5:27 routers.0.client.loadBalancer CONFIG_VALUE",
    ],
    ["tracePropagator: { kind: io.l5d.zipkinn }", "5:28 routers.0.tracePropagator.kind KIND_UNKNOWN"],
  ])("%s", async (lines, expected) => {
    expect(await problemsOf(withLines(lines))).toContain(expected);
  });

  it("say what the prefix does capture", async () => {
    const lines = "client: { kind: io.l5d.static, configs: [{ prefix: '/{a}/{b}', tls: { commonName: '{c}' } }] }";
    const { problems } = await load(withLines(lines));
    expect(problems).toMatchObject([{ message: "the prefix does not capture {c}", hint: "the prefix has {a}, {b}" }]);
  });
});

function named(commonName: string) {
  return { commonName, disableValidation: false, trustFiles: [], protocols: [] };
}
