import { describe, expect, it } from "vitest";
import { brief, load, problemsOf, SMALL } from "../test-support/load.js";

const OPEN = {
  uiEnabled: true,
  controlEnabled: true,
  diagnosticsEnabled: true,
  pathWhitelist: [],
  pathBlacklist: [],
};

describe("defaults", () => {
  it("are Linkerd's", async () => {
    const { plan, problems } = await load(SMALL);
    expect(problems).toEqual([]);
    expect(plan?.admin).toEqual({ ip: "127.0.0.1", port: 9990, shutdownGraceMs: 10_000, security: OPEN });
    expect(plan?.namers).toEqual([]);
    const router = plan?.routers[0];
    expect(router).toMatchObject({
      protocol: "http",
      label: "http",
      bindingTimeoutMs: 10_000,
      bindingCache: { paths: 1000, trees: 1000, bounds: 1000, clients: 1000, idleTtlSecs: 600 },
      failover: "never",
      originator: false,
      maxHeadersKB: 8,
      maxInitialLineKB: 4,
      maxErrResponseKB: 5120,
      compressionLevel: -1,
      tracePropagator: "default",
      servers: [{ ip: "127.0.0.1", port: 4140, clearContext: false, maxCallDepth: 1000 }],
    });
    expect(router?.dstPrefix.show()).toBe("/svc");
    expect(router?.dtab.isEmpty).toBe(true);
    expect(router?.identifiers.map(({ kind, options }) => ({ kind, options }))).toEqual([
      { kind: "io.l5d.header.token", options: { header: "Host" } },
    ]);
    expect(router?.interpreter).toMatchObject({ kind: "default", options: {}, transformers: [] });
  });

  it("hold for a server without a port, and for keys without a value", async () => {
    const { plan } = await load(
      "admin:\nnamers:\nrouters:\n- protocol: http\n  dtab:\n  identifier:\n  servers: [{}]\n",
    );
    expect(plan?.routers[0]?.servers[0]?.port).toBe(4140);
  });
});

describe("a whole configuration [parity: loader]", () => {
  it("is read to the last key", async () => {
    const { plan, problems } = await load(`admin: { ip: 0.0.0.0, port: 0, shutdownGraceMs: 500 }
namers:
- kind: io.acme.nomad
  prefix: /nomad
  host: nomad.test
  transformers:
  - kind: io.l5d.port
    port: 8080
- kind: io.acme.shy
  experimental: true
usage: { enabled: true, orgId: us }
routers:
- protocol: http
  label: outgoing
  dstPrefix: /http
  dtab: |
    /http => /#/nomad ; # to Nomad
    /http/x => 3 * /#/nomad/a & /#/nomad/b
  identifier:
  - { kind: io.l5d.path, segments: 2, consume: true }
  - kind: io.l5d.header.token
  interpreter:
    kind: default
    transformers: [{ kind: io.l5d.port, port: 4141, prefix: /mine }]
  bindingTimeoutMs: 2000
  bindingCache: { paths: 5, idleTtlSecs: 1 }
  failover: unavailable
  originator: true
  maxHeadersKB: 16
  servers:
  - { ip: "::1", port: 0, label: in, clearContext: true, maxCallDepth: 3 }
`);
    expect(problems).toEqual([]);
    expect(plan?.admin).toEqual({ ip: "0.0.0.0", port: 0, shutdownGraceMs: 500, security: OPEN });
    expect(plan?.namers.map(({ kind, prefix, options }) => [kind, prefix.show(), options])).toEqual([
      ["io.acme.nomad", "/#/nomad", { host: "nomad.test", port: 4646 }],
      ["io.acme.shy", "/#/io.acme.shy", {}],
    ]);
    expect(plan?.namers[0]?.transformers.map(({ prefix }) => prefix.show())).toEqual(["/%/io.l5d.port/8080"]);
    const router = plan?.routers[0];
    expect(router?.dtab.entries).toHaveLength(2);
    expect(router?.identifiers.map(({ kind }) => kind)).toEqual(["io.l5d.path", "io.l5d.header.token"]);
    expect(router?.interpreter.transformers.map(({ prefix }) => prefix.show())).toEqual(["/%/mine"]);
    expect(router).toMatchObject({
      label: "outgoing",
      bindingTimeoutMs: 2000,
      bindingCache: { paths: 5, trees: 1000, bounds: 1000, clients: 1000, idleTtlSecs: 1 },
      failover: "unavailable",
      originator: true,
      maxHeadersKB: 16,
      servers: [{ ip: "::1", port: 0, label: "in", clearContext: true, maxCallDepth: 3 }],
    });
  });

  it("means the same in JSON", async () => {
    const yaml = await load(SMALL);
    const json = await load(`\n { "routers" : [ {"protocol":"http", "servers":[{"port":4140}]} ] }\n`);
    expect(json.problems).toEqual([]);
    expect(JSON.stringify(json.plan)).toBe(JSON.stringify(yaml.plan));
  });
});

describe("several problems [parity: loader]", () => {
  it("are told together, in the order in which they stand", async () => {
    const { plan, problems } = await load(`admn: {}
namers:
- kind: io.acme.nomadd
- kind: io.acme.nomad
  port: 70000
  hosst: x
routers:
- protocol: http
  dtab: /svc => nowhere
  servers:
  - port: "4140"
    ip: localhost
telemetry: {}
`);
    expect(plan).toBeUndefined();
    expect(brief(problems)).toEqual([
      "1:1 admn CONFIG_UNKNOWN_KEY",
      "3:9 namers.0.kind KIND_UNKNOWN",
      "5:9 namers.1.port CONFIG_VALUE",
      "6:3 namers.1.hosst CONFIG_UNKNOWN_KEY",
      "9:17 routers.0.dtab DTAB_INVALID",
      "11:11 routers.0.servers.0.port CONFIG_TYPE",
      "12:9 routers.0.servers.0.ip CONFIG_VALUE",
      "13:12 telemetry CONFIG_TYPE",
    ]);
    const hints = Object.fromEntries(problems.map(({ path, hint }) => [path, hint]));
    expect(hints).toMatchObject({
      admn: "did you mean admin?",
      "namers.0.kind": "did you mean io.acme.nomad?",
      "namers.1.hosst": "did you mean host?",
      "routers.0.servers.0.port": "write it without quotes",
      "routers.0.servers.0.ip": "write 127.0.0.1",
    });
  });

  it("name the file as it was named", async () => {
    const { problems } = await load("x: 1");
    expect(new Set(problems.map(({ file }) => file))).toEqual(new Set(["linkerd.yaml"]));
  });
});

describe("what is missing", () => {
  it.each([
    ["admin: {}\n", ["1:1 routers CONFIG_MISSING"]],
    ["routers:\n", ["1:1 routers CONFIG_MISSING"]],
    ["routers: []\n", ["1:1 routers CONFIG_MISSING"]],
    ["routers: 5\n", ["1:10 routers CONFIG_TYPE"]],
    ["routers:\n- label: x\n", ["2:3 routers.0.protocol CONFIG_MISSING"]],
    ["routers:\n- protocol: http\n", ["2:3 routers.0.servers CONFIG_MISSING"]],
    ["routers:\n- protocol: http\n  servers: []\n", ["3:12 routers.0.servers CONFIG_MISSING"]],
    ["routers:\n- 5\n", ["2:3 routers.0 CONFIG_TYPE"]],
    [`namers:\n- prefix: /x\n${SMALL}`, ["2:3 namers.0.kind CONFIG_MISSING"]],
    [`namers:\n- kind: 5\n${SMALL}`, ["2:9 namers.0.kind CONFIG_TYPE"]],
    [`namers:\n- io.l5d.fs\n${SMALL}`, ["2:3 namers.0 CONFIG_TYPE"]],
    [
      `namers:\n- kind: io.l5d.rewrite\n  pattern: "/{a}"\n  name: "/{a}"\n${SMALL}`,
      ["2:3 namers.0.prefix CONFIG_MISSING"],
    ],
    [
      `telemetry:\n- kind: io.l5d.recentRequests\n${SMALL}`,
      ["2:9 telemetry.0.kind KIND_NOT_BUILT?", "2:3 telemetry.0.sampleRate CONFIG_MISSING"],
    ],
  ])("%j", async (text, expected) => {
    expect([...(await problemsOf(text))].sort()).toEqual([...expected].sort());
  });
});

describe("types and values of known keys", () => {
  const server = (line: string) => `routers:\n- protocol: http\n  servers:\n  - ${line}\n`;
  it.each([
    [server("port: 65536"), "4:11 routers.0.servers.0.port CONFIG_VALUE"],
    [server("port: -1"), "4:11 routers.0.servers.0.port CONFIG_VALUE"],
    [server("port: 80.5"), "4:11 routers.0.servers.0.port CONFIG_TYPE"],
    [server("port: [80]"), "4:11 routers.0.servers.0.port CONFIG_TYPE"],
    [server("ip: 127.0.0"), "4:9 routers.0.servers.0.ip CONFIG_VALUE"],
    [server("ip: {}"), "4:9 routers.0.servers.0.ip CONFIG_TYPE"],
    [server("clearContext: yes"), "4:19 routers.0.servers.0.clearContext CONFIG_TYPE"],
    [server("label: {}"), "4:12 routers.0.servers.0.label CONFIG_TYPE"],
    [`admin:\n  shutdownGraceMs: 3000000000\n${SMALL}`, "2:20 admin.shutdownGraceMs CONFIG_VALUE"],
    [`admin: 5\n${SMALL}`, "1:8 admin CONFIG_TYPE"],
    [`${SMALL}  dstPrefix: svc\n`, "5:14 routers.0.dstPrefix PATH_INVALID"],
    [`${SMALL}  failover: always\n`, "5:13 routers.0.failover CONFIG_VALUE"],
    [`${SMALL}  bindingCache: { path: 1 }\n`, "5:19 routers.0.bindingCache.path CONFIG_UNKNOWN_KEY"],
    [`${SMALL}  identifier: io.l5d.path\n`, "5:15 routers.0.identifier CONFIG_TYPE"],
    [`${SMALL}  identifier: []\n`, undefined],
    [`${SMALL}  interpreter: default\n`, "5:16 routers.0.interpreter CONFIG_TYPE"],
    [`${SMALL}  interpreter: { transformers: {} }\n`, "5:32 routers.0.interpreter.transformers CONFIG_TYPE"],
    [`namers:\n- { kind: io.acme.nomad, prefix: x }\n${SMALL}`, "2:34 namers.0.prefix PATH_INVALID"],
    [`namers:\n- { kind: io.acme.nomad, experimental: maybe }\n${SMALL}`, "2:40 namers.0.experimental CONFIG_TYPE"],
  ])("%j", async (text, expected) => {
    const problems = await problemsOf(text);
    if (expected === undefined) expect(problems).toEqual([]);
    else expect(problems).toContain(expected);
  });

  it("lets a number be a label, in its own spelling", async () => {
    const { plan } = await load(`${SMALL}  label: 010\n`);
    expect(plan?.routers[0]?.label).toBe("010");
  });
});
