import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { corePlugins, defineInterpreter, defineTelemeter, NamerError, type Plugin } from "@namerkit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brief, load, plugins, problemsOf, SMALL } from "../test-support/load.js";
import { loadConfig } from "./load-config.js";
import { createRegistry } from "./plugins/registry.js";

const inRouter = (lines: string) => `${SMALL}${lines.replace(/^/gm, "  ")}\n`;
const inServer = (lines: string) => `${SMALL}${lines.replace(/^/gm, "    ")}\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "namerkit-config-"));
  for (const name of ["cert.pem", "key.pem", "ca.pem"]) writeFileSync(join(folder, name), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function errorsAt(text: string): Promise<readonly string[]> {
  return brief((await load(text, folder)).problems);
}

describe("servers", () => {
  it("have what a configuration says of them", async () => {
    const lines = `tls: { certPath: cert.pem, keyPath: key.pem, caCertPath: ca.pem, requireClientAuth: true, ciphers: [A], protocols: [TLSv1.2] }
maxConcurrentRequests: 10
timeoutMs: 50
socketOptions: { backlog: 5, keepAlive: false }
serverSession: { idleTimeMs: 5, lifeTimeMs: 6 }
addForwardedHeader: { by: { kind: "ip:port" }, for: { kind: static, label: us } }
timestampHeader: x-request-start`;
    const { plan, problems } = await load(inServer(lines), folder);
    expect(problems).toEqual([]);
    expect(plan?.routers[0]?.servers[0]).toEqual({
      ip: "127.0.0.1",
      port: 4140,
      clearContext: false,
      maxCallDepth: 1000,
      tls: {
        certPath: join(folder, "cert.pem"),
        keyPath: join(folder, "key.pem"),
        caCertPath: join(folder, "ca.pem"),
        requireClientAuth: true,
        ciphers: ["A"],
        protocols: ["TLSv1.2"],
      },
      maxConcurrentRequests: 10,
      timeoutMs: 50,
      socketOptions: { backlog: 5, keepAlive: false },
      serverSession: { idleTimeMs: 5, lifeTimeMs: 6 },
      addForwardedHeader: { by: { kind: "ip:port" }, for: { kind: "static", label: "us" } },
      timestampHeader: "x-request-start",
    });
  });

  it("name themselves by random labels unless told otherwise", async () => {
    const { plan } = await load(inServer("addForwardedHeader: {}"));
    const random = { kind: "requestRandom" };
    expect(plan?.routers[0]?.servers[0]?.addForwardedHeader).toEqual({ by: random, for: random });
  });

  it.each([
    ["tls: { certPath: cert.pem }", "5:10 routers.0.servers.0.tls.keyPath CONFIG_MISSING"],
    ["tls: { certPath: cert.pem, keyPath: none.pem }", "5:41 routers.0.servers.0.tls.keyPath CONFIG_FILE"],
    ["tls: { certPath: cert.pem, keyPath: cert.pem/x }", "5:41 routers.0.servers.0.tls.keyPath CONFIG_FILE"],
    ["tls: { certPath: '', keyPath: key.pem }", "5:22 routers.0.servers.0.tls.certPath CONFIG_VALUE"],
    ["timestampHeader: 'not a header'", "5:22 routers.0.servers.0.timestampHeader CONFIG_VALUE"],
    [
      "addForwardedHeader: { by: { kind: static } }",
      "5:31 routers.0.servers.0.addForwardedHeader.by.label CONFIG_MISSING",
    ],
    [
      'addForwardedHeader: { by: { kind: static, label: "a\\r\\nb: c" } }',
      "5:54 routers.0.servers.0.addForwardedHeader.by.label CONFIG_VALUE",
    ],
    ["maxConcurrentRequests: 0", "5:28 routers.0.servers.0.maxConcurrentRequests CONFIG_VALUE"],
  ])("%s", async (lines, expected) => {
    expect(await errorsAt(inServer(lines))).toEqual([expected]);
  });

  it("need no files where the protocol is not built", async () => {
    const text = "routers: [{ protocol: h2, servers: [{ tls: { certPath: none, keyPath: none } }] }]";
    expect(await errorsAt(text)).toEqual(["1:23 routers.0.protocol KIND_NOT_BUILT"]);
  });
});

describe("the admin server", () => {
  it("has what a configuration says of it", async () => {
    const text = `admin:
  httpIdentifierPort: 9991
  workerThreads: 4
  tls: { certPath: cert.pem, keyPath: key.pem }
  socketOptions: { noDelay: true }
  security: { uiEnabled: false, pathWhitelist: [/metrics.*], pathBlacklist: [/a, '/b|/c\\-d'] }
${SMALL}`;
    const { plan, problems } = await load(text, folder);
    expect(problems).toEqual([]);
    const { security, ...admin } = plan?.admin ?? {};
    expect(admin).toEqual({
      ip: "127.0.0.1",
      port: 9990,
      shutdownGraceMs: 10_000,
      httpIdentifierPort: 9991,
      socketOptions: { noDelay: true },
      tls: {
        certPath: join(folder, "cert.pem"),
        keyPath: join(folder, "key.pem"),
        requireClientAuth: false,
        ciphers: [],
        protocols: [],
      },
    });
    expect(security).toMatchObject({ uiEnabled: false, controlEnabled: true, diagnosticsEnabled: true });
    const matches = (path: string) =>
      [security?.pathWhitelist, security?.pathBlacklist].map((all) => all?.some((one) => one.test(path)));
    expect(matches("/metrics/x")).toEqual([true, false]);
    expect(matches("/x/metrics")).toEqual([false, false]);
    expect(matches("/b")).toEqual([false, true]);
    expect(matches("/c-d")).toEqual([false, true]);
    expect(matches("/bb")).toEqual([false, false]);
    expect(matches("/b\n")).toEqual([false, false]);
  });

  it.each([
    ["admin: { security: { pathBlacklist: ['\\Qa.b\\E'] } }", "1:38 admin.security.pathBlacklist.0 CONFIG_VALUE"],
    ["admin: { security: { pathBlacklist: ['(?i)/x'] } }", "1:38 admin.security.pathBlacklist.0 CONFIG_VALUE"],
    ["admin: { security: { pathWhitelist: ['a)|(.*'] } }", "1:38 admin.security.pathWhitelist.0 CONFIG_VALUE"],
    ["admin: { security: { pathBlacklist: ['('] } }", "1:38 admin.security.pathBlacklist.0 CONFIG_VALUE"],
    [
      `admin: { security: { pathBlacklist: [${"a".repeat(501)}] } }`,
      "1:38 admin.security.pathBlacklist.0 CONFIG_VALUE",
    ],
    [
      `admin: { security: { pathWhitelist: [${Array(101).fill("a").join()}] } }`,
      "1:37 admin.security.pathWhitelist CONFIG_VALUE",
    ],
    ["admin: { port: 5000, httpIdentifierPort: 5000 }", "1:42 admin.httpIdentifierPort SERVER_PORT_CONFLICT"],
    ["admin: { httpIdentifierPort: 4140 }", "5:11 routers.0.servers.0.port SERVER_PORT_CONFLICT"],
  ])("%s", async (line, expected) => {
    expect(await problemsOf(`${line}\n${SMALL}`)).toEqual([expected]);
  });
});

describe("access logs", () => {
  it.each([
    ["", { kind: "never" }],
    ["httpAccessLogRollPolicy: Daily", { kind: "daily" }],
    ["httpAccessLogRollPolicy: hourly", { kind: "hourly" }],
    ["httpAccessLogRollPolicy: weekly(3)", { kind: "weekly", day: 3 }],
    ["httpAccessLogRollPolicy: 10.megabytes", { kind: "size", bytes: 10 * 1024 * 1024 }],
    ["httpAccessLogRollPolicy: 1.byte", { kind: "size", bytes: 1 }],
  ])("are begun anew: %s", async (line, rollPolicy) => {
    const { plan } = await load(inRouter(`httpAccessLog: logs/access.log\n${line}`), folder);
    const accessLog = { file: join(folder, "logs/access.log"), rollPolicy, append: true, keep: undefined };
    expect(plan?.routers[0]?.accessLog).toEqual(accessLog);
  });

  it("keep some files, or start over", async () => {
    const lines = "httpAccessLog: /var/log/l5d.log\nhttpAccessLogAppend: false\nhttpAccessLogRotateCount: 3";
    const { plan } = await load(inRouter(lines));
    expect(plan?.routers[0]?.accessLog).toMatchObject({ file: "/var/log/l5d.log", append: false, keep: 3 });
  });

  it.each(["weekly(8)", "10", "10.parsecs", "0.bytes", "9999999999.terabytes"])("refuse %s", async (policy) => {
    expect(await problemsOf(inRouter(`httpAccessLogRollPolicy: ${policy}`))).toEqual([
      "5:28 routers.0.httpAccessLogRollPolicy CONFIG_VALUE",
    ]);
  });

  it("are none without a file", async () => {
    expect((await load(inRouter("httpAccessLogAppend: true"))).plan?.routers[0]).not.toHaveProperty("accessLog");
  });
});

describe("other parts of a router", () => {
  it.each([
    ["", "default"],
    ["tracePropagator: { kind: io.l5d.default }", "default"],
    ["tracePropagator: { kind: io.l5d.zipkin }", "zipkin"],
    ["tracePropagator: { kind: io.l5d.w3c }", "w3c"],
  ])("trace propagation: %s", async (line, expected) => {
    expect((await load(inRouter(line))).plan?.routers[0]?.tracePropagator).toBe(expected);
  });
});

describe("telemeters", () => {
  const closed: string[] = [];
  const counting = defineTelemeter({
    kind: "io.l5d.prometheus",
    create: (_config, { registry }) => ({ close: () => closed.push(`closed after ${[...registry.series()].length}`) }),
  });
  const failing = defineInterpreter({
    kind: "x.failing",
    create: () => {
      throw new NamerError("NAMER_CONFIG", "dtab: it is not what I want");
    },
  });
  const registry = createRegistry({ builtIn: [...corePlugins, ...plugins, counting, failing] as Plugin[] });
  const source = (text: string) => ({ text, file: "f", baseDir: "/nowhere" });

  it("are planned where a plug-in has the kind, and told of where none has", async () => {
    const text = `telemetry:\n- kind: io.l5d.influxdb\n- kind: io.l5d.prometheus\n${SMALL}`;
    const { plan, problems } = await loadConfig(source(text), registry);
    expect(brief(problems)).toEqual(["2:9 telemetry.0.kind KIND_NOT_BUILT?"]);
    expect(plan?.telemetry.map(({ kind, at }) => [kind, at])).toEqual([["io.l5d.prometheus", "telemetry.1"]]);
  });

  it.each([
    ["- kind: io.l5d.recentRequests", "2:3 telemetry.0.sampleRate CONFIG_MISSING"],
    ["- { kind: io.l5d.recentRequests, sampleRate: 1.5 }", "2:46 telemetry.0.sampleRate CONFIG_VALUE"],
    ["- { kind: io.l5d.tracelog, sampleRate: '0.5' }", "2:40 telemetry.0.sampleRate CONFIG_TYPE"],
    ["- { kind: io.l5d.prometheus, path: /x }", "2:30 telemetry.0.path CONFIG_UNKNOWN_KEY"],
    ["- kind: io.l5d.promethius", "2:9 telemetry.0.kind KIND_UNKNOWN"],
  ])("%s", async (line, expected) => {
    const { plan, problems } = await loadConfig(source(`telemetry:\n${line}\n${SMALL}`), registry);
    expect(brief(problems)).toContain(expected);
    expect(plan).toBeUndefined();
  });
});

describe("the document", () => {
  it("is there as plain data, without its secrets", async () => {
    const text = `namers:
- { kind: io.acme.nomad, token: S3CRET7-S3CRET7, host: "http://me:S3CRET7@nomad.test/" }
${SMALL}`;
    const { plan } = await load(text);
    expect(plan?.document).toEqual({
      namers: [{ kind: "io.acme.nomad", token: "***", host: "http://***@nomad.test/" }],
      routers: [{ protocol: "http", servers: [{ port: 4140 }] }],
    });
  });
});

describe("fingerprints", () => {
  const fingerprint = async (entry: string) => {
    const { plan } = await load(`namers:\n- ${entry}\n${SMALL}`);
    return plan?.namers[0]?.fingerprint;
  };

  it("are the same for entries that say the same, and only for these", async () => {
    const one = await fingerprint(
      "{ kind: io.acme.nomad, host: a, token: S3CRET7-S3CRET7, tags: [{ tag: x, weight: 1 }] }",
    );
    const same = "tags: [{ weight: 1, tag: x }]\n  host: 'a'\n  token: S3CRET7-S3CRET7\n  kind: io.acme.nomad";
    expect(await fingerprint(same)).toBe(one);
    const others = [
      "{ kind: io.acme.nomad, host: b, token: S3CRET7-S3CRET7, tags: [{ tag: x, weight: 1 }] }",
      "{ kind: io.acme.nomad, host: a, token: S3CRET8-S3CRET8, tags: [{ tag: x, weight: 1 }] }",
      "{ kind: io.acme.nomad, host: a, token: S3CRET7-S3CRET7, tags: [{ tag: x, weight: 1 }], prefix: /p }",
      "{ kind: io.acme.nomad, host: a, token: S3CRET7-S3CRET7 }",
    ];
    const all = [one, ...(await Promise.all(others.map(fingerprint)))];
    expect(new Set(all).size).toBe(5);
    expect(JSON.stringify(all)).not.toContain("S3CRET");
  });

  it("are there for whole routers, too", async () => {
    const of = async (more: string) => (await load(`${SMALL}${more}`)).plan?.routers[0]?.fingerprint;
    const one = await of("  dtab: /svc => /a\n  label: x\n");
    expect(await of("  label: x\n  dtab: /svc => /a\n")).toBe(one);
    expect(await of("  dtab: /svc => /b\n  label: x\n")).not.toBe(one);
  });
});
