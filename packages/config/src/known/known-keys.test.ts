import { describe, expect, it } from "vitest";
import { load, problemsOf, SMALL } from "../../test-support/load.js";
import { LINKERD_KINDS, LOADER_KEYS, RENAMED_KINDS } from "./kinds.js";

const inRouter = (lines: string) => `${SMALL}${lines.replace(/^/gm, "  ")}\n`;
const inServer = (lines: string) => `${SMALL}${lines.replace(/^/gm, "    ")}\n`;

describe("keys that are known and not acted on", () => {
  it.each([
    [
      "a load balancer",
      inRouter("client: { loadBalancer: { kind: ewma, decayTimeMs: 5 } }"),
      "5:13 routers.0.client.loadBalancer",
    ],
    [
      "failure accrual",
      inRouter(
        "client: { failureAccrual: { kind: io.l5d.successRate, successRate: 0.9, requests: 20, backoff: { kind: constant, ms: 10 } } }",
      ),
      "5:13 routers.0.client.failureAccrual",
    ],
    [
      "a pool, for some clients",
      inRouter(
        "client:\n  kind: io.l5d.static\n  configs:\n  - prefix: /#/x/{y}\n    hostConnectionPool: { maxSize: 10 }",
      ),
      "9:7 routers.0.client.configs.0.hostConnectionPool",
    ],
    [
      "requeues",
      inRouter("client: { requeueBudget: { percentCanRetry: 5.0 } }"),
      "5:13 routers.0.client.requeueBudget",
    ],
    [
      "a time-out, for some services",
      inRouter("service: { kind: io.l5d.static, configs: [{ prefix: /svc/a, totalTimeoutMs: 6 }] }"),
      "5:63 routers.0.service.configs.0.totalTimeoutMs",
    ],
    [
      "a response classifier",
      inRouter("service: { responseClassifier: { kind: io.l5d.http.retryableRead5XX } }"),
      "5:14 routers.0.service.responseClassifier",
    ],
    [
      "retries",
      inRouter("service: { retries: { budget: { ttlSecs: 5 }, backoff: { kind: jittered, minMs: 1, maxMs: 9 } } }"),
      "5:14 routers.0.service.retries",
    ],
    ["an access log", inRouter("httpAccessLog: logs/access.log"), "5:3 routers.0.httpAccessLog"],
    ["announcing", inServer("announce: [/#/io.l5d.serversets/x]"), "5:5 routers.0.servers.0.announce"],
    ["announcers", inRouter("announcers: [{ kind: io.l5d.serversets }]"), "5:3 routers.0.announcers"],
    ["a limit of requests", inServer("maxConcurrentRequests: 10"), "5:5 routers.0.servers.0.maxConcurrentRequests"],
    [
      "Forwarded",
      inServer("addForwardedHeader: { by: { kind: 'ip:port' }, for: { kind: static, label: x } }"),
      "5:5 routers.0.servers.0.addForwardedHeader",
    ],
    ["socket options", `admin: { socketOptions: { backlog: 5 } }\n${SMALL}`, "1:10 admin.socketOptions"],
    ["buffered bodies", inRouter("streamingEnabled: false"), "5:3 routers.0.streamingEnabled"],
  ])("%s: a warning", async (_, text, where) => {
    const { plan, problems } = await load(text);
    expect(problems.map(({ line, col, path, code, severity }) => `${line}:${col} ${path} ${code} ${severity}`)).toEqual(
      [`${where} KEY_NOT_BUILT warning`],
    );
    expect(plan).toBeDefined();
  });

  it.each([
    ["TLS of endpoints", inRouter("client: { tls: { commonName: x } }"), "5:13 routers.0.client.tls"],
    [
      "TLS of some endpoints",
      inRouter("client: { kind: io.l5d.static, configs: [{ prefix: /, tls: { commonName: '{a}' } }] }"),
      "5:57 routers.0.client.configs.0.tls",
    ],
    [
      "TLS of clients",
      inServer("tls: { certPath: a, keyPath: b, requireClientAuth: true, caCertPath: c }"),
      "5:5 routers.0.servers.0.tls",
    ],
    ["TLS of admin", `admin: { tls: { certPath: a, keyPath: b } }\n${SMALL}`, "1:10 admin.tls"],
    ["a closed admin", `admin: { security: { controlEnabled: false } }\n${SMALL}`, "1:10 admin.security"],
    ["a blacklist of admin", `admin: { security: { pathBlacklist: [.*] } }\n${SMALL}`, "1:10 admin.security"],
    [
      "authorizers",
      inRouter("client: { requestAuthorizers: [{ kind: io.l5d.k8s.istio }] }"),
      "5:13 routers.0.client.requestAuthorizers",
    ],
    ["namerd's storage", `storage: { kind: io.l5d.inMemory }\n${SMALL}`, "1:1 storage"],
  ])("%s, which is unsafe to leave out: an error", async (_, text, where) => {
    expect(await problemsOf(text)).toEqual([`${where} KEY_NOT_BUILT`]);
    expect((await load(text)).plan).toBeUndefined();
  });

  it.each([
    ["the load balancer that there is", inRouter("client: { loadBalancer: { kind: p2c } }")],
    ["TLS switched off", inRouter("client: { tls: { enabled: false } }")],
    ["an open admin", `admin: { security: { uiEnabled: true, pathWhitelist: [x] } }\n${SMALL}`],
    ["usage reports, which are never sent", `usage: { orgId: x, enabled: true }\n${SMALL}`],
    ["an empty list of announcers", inRouter("announcers: []")],
    ["the default classifier", inRouter("service: { responseClassifier: { kind: io.l5d.http.nonRetryable5XX } }")],
  ])("%s: not a word", async (_, text) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it.each([
    [inRouter("client: { loadBalancer: { kind: p2cc } }"), "5:35 routers.0.client.loadBalancer.kind KIND_UNKNOWN"],
    [
      inRouter("client: { loadBalancer: { kind: heap, maxEffort: 5 } }"),
      "5:41 routers.0.client.loadBalancer.maxEffort CONFIG_UNKNOWN_KEY",
    ],
    [inRouter("client: { configs: [] }"), "5:13 routers.0.client.configs CONFIG_UNKNOWN_KEY"],
    [inRouter("client: { kind: io.l5d.static }"), "5:11 routers.0.client.configs CONFIG_MISSING"],
    [inRouter("service: { totalTimeoutMs: fast }"), "5:30 routers.0.service.totalTimeoutMs CONFIG_TYPE"],
    [
      inRouter("service: { kind: io.l5d.static, configs: [{ totalTimeoutMs: 1 }] }"),
      "5:45 routers.0.service.configs.0.prefix CONFIG_MISSING",
    ],
    [inServer("tls: { certpath: x }"), "5:12 routers.0.servers.0.tls.certpath CONFIG_UNKNOWN_KEY"],
    [`telemetry: [{ kind: io.l5d.tracelog, host: x }]\n${SMALL}`, "1:38 telemetry.0.host CONFIG_UNKNOWN_KEY"],
    [`telemetry: [{ kind: io.l5d.prometheu }]\n${SMALL}`, "1:21 telemetry.0.kind KIND_UNKNOWN"],
  ])("and are checked all the same: %#", async (text, expected) => {
    expect(await problemsOf(text)).toContain(expected);
  });
});

describe("what older Linkerds had", () => {
  it.each([
    ["maxRequestKB: 5", "maxRequestKB"],
    ["maxChunkKB: 8", "maxChunkKB"],
    ["timeoutMs: 1000", "timeoutMs"],
    ["responseClassifier: { kind: io.l5d.retryableRead5XX }", "responseClassifier"],
    ["failFast: true", "failFast"],
  ])("%s is taken in with a warning", async (line, key) => {
    expect(await problemsOf(inRouter(line))).toEqual([`5:3 routers.0.${key} KEY_REMOVED?`]);
  });

  it("baseDtab is the dtab, unless there is one", async () => {
    expect((await load(inRouter("baseDtab: /a => /b"))).plan?.routers[0]?.dtab.show()).toContain("/a");
    expect((await load(inRouter("baseDtab: /a => /b\ndtab: /c => /d"))).plan?.routers[0]?.dtab.show()).toContain("/c");
  });

  it("kinds go by their new names", async () => {
    const { plan, problems } = await load(inRouter("identifier: { kind: io.l5d.headerToken, header: x }"));
    expect(problems).toMatchObject([{ code: "KIND_RENAMED", severity: "warning", line: 5, col: 23 }]);
    expect(plan?.routers[0]?.identifiers[0]).toMatchObject({ kind: "io.l5d.header.token", options: { header: "x" } });
  });
});

describe("kinds that are not built", () => {
  it.each([
    [`namers:\n- kind: io.l5d.consul\n${SMALL}`, "2:9 namers.0.kind KIND_NOT_BUILT"],
    [inRouter("interpreter: { kind: io.l5d.mesh, dst: /x }"), "5:24 routers.0.interpreter.kind KIND_NOT_BUILT"],
    [inRouter("identifier: { kind: io.l5d.ingress }"), "5:23 routers.0.identifier.kind KIND_NOT_BUILT"],
    [
      inRouter("interpreter: { kind: default, transformers: [{ kind: io.l5d.k8s.localnode, hostNetwork: true }] }"),
      "5:56 routers.0.interpreter.transformers.0.kind KIND_NOT_BUILT",
    ],
    [
      "routers: [{ protocol: thriftmux, thriftProtocol: compact, experimental: true }]",
      "1:23 routers.0.protocol KIND_NOT_BUILT",
    ],
    [
      "routers: [{ protocol: h2, identifier: { kind: io.l5d.header.path }, servers: [{ maxFrameBytes: 1 }] }]",
      "1:23 routers.0.protocol KIND_NOT_BUILT",
    ],
    [
      `telemetry: [{ kind: io.l5d.zipkin, host: x, port: 9410, sampleRate: 1.0 }]\n${SMALL}`,
      "1:21 telemetry.0.kind KIND_NOT_BUILT?",
    ],
  ])("%#", async (text, expected) => {
    expect(await problemsOf(text)).toEqual([expected]);
  });

  it("have their keys checked", async () => {
    const problems = await load(`namers:\n- { kind: io.l5d.consul, includeTags: true, token: x }\n${SMALL}`);
    expect(problems.problems).toMatchObject([
      { code: "KIND_NOT_BUILT" },
      { code: "CONFIG_UNKNOWN_KEY", line: 2, col: 26, hint: "did you mean includeTag?" },
    ]);
  });

  it("are told from kinds nobody knows, and from kinds of another role", async () => {
    const { problems } = await load(
      `namers:\n- kind: io.l5d.consull\n- kind: io.l5d.port\n- kind: what.is.this\n${inRouter("identifier: { kind: io.l5d.pth }")}`,
    );
    expect(problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      "KIND_UNKNOWN did you mean io.l5d.consul?",
      "KIND_UNKNOWN io.l5d.port is a transformer",
      expect.stringMatching(/^KIND_UNKNOWN known: .*io\.acme\.nomad.*plugins$/),
      "KIND_UNKNOWN did you mean io.l5d.path?",
    ]);
  });

  it("have keys of their own that the loader does not take from them, and renamed ones exist", () => {
    for (const role of ["namer", "identifier", "interpreter", "transformer", "telemeter"] as const) {
      for (const { keys } of Object.values(LINKERD_KINDS[role]))
        for (const key of keys) expect(LOADER_KEYS[role]).not.toContain(key);
      for (const to of Object.values(RENAMED_KINDS[role])) expect(Object.keys(LINKERD_KINDS[role])).toContain(to);
    }
  });
});
