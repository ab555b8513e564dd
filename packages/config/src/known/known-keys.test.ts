import { describe, expect, it } from "vitest";
import { load, problemsOf, SMALL } from "../../test-support/load.js";
import { LINKERD_KINDS, LOADER_KEYS, RENAMED_KINDS } from "./kinds.js";

const inRouter = (lines: string) => `${SMALL}${lines.replace(/^/gm, "  ")}\n`;
const inServer = (lines: string) => `${SMALL}${lines.replace(/^/gm, "    ")}\n`;

describe("keys that are known and not acted on", () => {
  it.each([
    [
      "probation",
      inRouter("client: { loadBalancer: { kind: heap, enableProbation: true } }"),
      "5:41 routers.0.client.loadBalancer.enableProbation",
    ],
    ["announcing", inServer("announce: [/#/io.l5d.serversets/x]"), "5:5 routers.0.servers.0.announce"],
    ["announcers", inRouter("announcers: [{ kind: io.l5d.serversets }]"), "5:3 routers.0.announcers"],
    [
      "time limits of sockets",
      inRouter("client: { socketOptions: { readTimeoutMs: 5 } }"),
      "5:30 routers.0.client.socketOptions.readTimeoutMs",
    ],
    ["buffered bodies", inRouter("streamingEnabled: false"), "5:3 routers.0.streamingEnabled"],
  ])("%s: a warning", async (_, text, where) => {
    const { plan, problems } = await load(text);
    expect(problems.map(({ line, col, path, code, severity }) => `${line}:${col} ${path} ${code} ${severity}`)).toEqual(
      [`${where} KEY_NOT_BUILT warning`],
    );
    expect(plan).toBeDefined();
  });

  it("authorizers, which are unsafe to leave out: an error", async () => {
    const text = inRouter("client: { requestAuthorizers: [{ kind: io.l5d.k8s.istio }] }");
    expect(await problemsOf(text)).toEqual(["5:13 routers.0.client.requestAuthorizers KEY_NOT_BUILT"]);
    expect((await load(text)).plan).toBeUndefined();
  });

  it.each([
    ["no authorizers", inRouter("client: { requestAuthorizers: [] }")],
    ["TLS switched off, whatever its files", inRouter("client: { tls: { enabled: false, trustCertsBundle: none } }")],
    ["TLS of a server switched off", inServer("tls: { enabled: false, certPath: none, keyPath: none }")],
    ["an open admin", `admin: { security: { uiEnabled: true, pathWhitelist: [x] } }\n${SMALL}`],
    ["usage reports, which are never sent", `usage: { orgId: x, enabled: true }\n${SMALL}`],
    ["an empty list of announcers", inRouter("announcers: []")],
  ])("%s: not a word [parity: usage]", async (_, text) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it.each([
    [inRouter("announcers: [{ kind: io.l5d.serverset }]"), "5:24 routers.0.announcers.0.kind KIND_UNKNOWN"],
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

describe("what older Linkerds had [parity: older-keys]", () => {
  it.each([
    ["maxRequestKB: 5", "maxRequestKB"],
    ["maxChunkKB: 8", "maxChunkKB"],
    ["timeoutMs: 1000", "timeoutMs"],
    ["responseClassifier: { kind: io.l5d.retryableRead5XX }", "responseClassifier"],
    ["failFast: true", "failFast"],
  ])("%s is taken in with a warning", async (line, key) => {
    const problems = await problemsOf(inRouter(line));
    expect(problems.filter((one) => !one.endsWith("KIND_RENAMED?"))).toEqual([`5:3 routers.0.${key} KEY_REMOVED?`]);
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
      "routers: [{ protocol: h2, identifier: { kind: io.l5d.header.path }, servers: [{ maxFrameBytes: 1, windowUpdateRatio: 0.99 }] }]",
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
