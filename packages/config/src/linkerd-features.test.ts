import { corePlugins, defineNamer, type Plugin } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { brief, pathIdentifier, plugins, tokenIdentifier } from "../test-support/load.js";
import { loadConfig } from "./load-config.js";
import { createRegistry } from "./plugins/registry.js";

const accept = { "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) } };
const kinds = ["io.l5d.fs", "io.l5d.k8s", "io.l5d.consul", "io.l5d.marathon"];
const sources = kinds.map((kind) =>
  defineNamer({
    kind,
    config: accept,
    create: () => {
      throw new Error("never built");
    },
  }),
);
const registry = createRegistry({ builtIn: [...corePlugins, ...plugins, ...(sources as Plugin[])] });
const serve = "servers: [{ port: 4140, ip: 0.0.0.0 }]";

/** What public configurations of Linkerd are made of, each in an example of our own. */
describe("features that real configurations use", () => {
  it.each([
    [
      "names through DNS, with comments",
      `routers:
- protocol: http
  ${serve}
  dtab: |
    /ph  => /$/io.buoyant.rinet ;          # /ph/80/host -> DNS
    /svc => /ph/80 ;
    /svc => /$/io.buoyant.porthostPfx/ph ; # with a port
`,
      [],
    ],
    [
      "a folded dtab with weights",
      `routers:
- protocol: http
  ${serve}
  dtab: >-
    /svc => 9 * /#/io.l5d.fs/new & /#/io.l5d.fs/old;
namers: [{ kind: io.l5d.fs, rootDir: disco }]
`,
      [],
    ],
    [
      "wildcards in a dtab",
      `routers:
- protocol: http
  ${serve}
  identifier: { kind: io.l5d.path, segments: 2, consume: true }
  dtab: /svc/* => /$/inet/localhost/8080
`,
      [],
    ],
    [
      "rewriting before a catalogue",
      `namers:
- kind: io.l5d.k8s
- kind: io.l5d.rewrite
  prefix: /portNsSvc
  pattern: "/{port}/{ns}/{svc}"
  name: "/k8s/{ns}/{port}/{svc}"
routers: [{ protocol: http, ${serve}, dtab: "/k8s => /#/io.l5d.k8s; /svc => /#/portNsSvc/http/default" }]
`,
      [],
    ],
    [
      "one namer twice, under two prefixes",
      `namers:
- kind: io.l5d.k8s
- kind: io.l5d.k8s
  prefix: /io.l5d.k8s.http
  transformers: [{ kind: io.l5d.k8s.daemonset, namespace: l5d, port: http, service: l5d, hostNetwork: true }]
routers: [{ protocol: http, ${serve} }]
`,
      ["5:26 namers.1.transformers.0.kind KIND_NOT_BUILT"],
    ],
    [
      "a mesh of two routers",
      `admin: { ip: 0.0.0.0, port: 9990 }
usage: { orgId: examples }
telemetry:
- kind: io.l5d.prometheus
- kind: io.l5d.recentRequests
  sampleRate: 0.25
routers:
- { protocol: http, label: outgoing, originator: true, servers: [{ port: 4140 }] }
- { protocol: http, label: incoming, servers: [{ port: 4141, ip: 0.0.0.0 }] }
`,
      ["4:9 telemetry.0.kind KIND_NOT_BUILT?", "5:9 telemetry.1.kind KIND_NOT_BUILT?"],
    ],
    [
      "options of some clients",
      `routers:
- protocol: http
  ${serve}
  client:
    kind: io.l5d.static
    configs:
    - prefix: /
      requestAttemptTimeoutMs: 1000
    - prefix: "/$/inet/{host}"
      tls: { commonName: "{host}" }
    - prefix: /$/inet/localhost
      tls: { enabled: false }
`,
      [],
    ],
    [
      "mutual TLS",
      `routers:
- protocol: http
  servers:
  - port: 4140
    tls: { certPath: c, keyPath: k, caCertPath: a, requireClientAuth: true }
  client:
    tls: { commonName: x, trustCertsBundle: b, clientAuth: { certPath: c, keyPath: k, intermediateCertsPath: i } }
`,
      [
        ...["5:22", "5:34", "5:49"].map(
          (at, i) => `${at} routers.0.servers.0.tls.${["certPath", "keyPath", "caCertPath"][i]} CONFIG_FILE`,
        ),
        "7:45 routers.0.client.tls.trustCertsBundle CONFIG_FILE",
        "7:72 routers.0.client.tls.clientAuth.certPath CONFIG_FILE",
        "7:84 routers.0.client.tls.clientAuth.keyPath CONFIG_FILE",
        "7:110 routers.0.client.tls.clientAuth.intermediateCertsPath CONFIG_FILE",
      ],
    ],
    [
      "namerd, over each of its APIs",
      `routers:
- { protocol: http, label: a, servers: [{ port: 1 }], interpreter: { kind: io.l5d.namerd, dst: /$/inet/n/4100 } }
- { protocol: http, label: b, servers: [{ port: 2 }], interpreter: { kind: io.l5d.namerd.http, experimental: true, dst: /x, namespace: d } }
- { protocol: http, label: c, servers: [{ port: 3 }], interpreter: { kind: io.l5d.mesh, dst: /x, root: /default } }
`,
      [
        "2:76 routers.0.interpreter.kind KIND_NOT_BUILT",
        "3:76 routers.1.interpreter.kind KIND_NOT_BUILT",
        "4:76 routers.2.interpreter.kind KIND_NOT_BUILT",
      ],
    ],
    [
      "gRPC",
      `routers:
- protocol: h2
  identifier: { kind: io.l5d.header.path, segments: 1 }
  interpreter: { kind: default, transformers: [{ kind: io.l5d.k8s.localnode }] }
  ${serve}
`,
      ["2:13 routers.0.protocol KIND_NOT_BUILT"],
    ],
    [
      "ingress, with the clients' context dropped",
      `routers:
- protocol: http
  servers: [{ port: 80, ip: 0.0.0.0, clearContext: true }]
  identifier: { kind: io.l5d.ingress }
`,
      ["4:23 routers.0.identifier.kind KIND_NOT_BUILT"],
    ],
    [
      "Marathon behind TLS",
      `namers:
- kind: io.l5d.marathon
  host: leader.mesos
  tls: { disableValidation: false, commonName: m, trustCerts: [ca.crt] }
routers: [{ protocol: http, label: /with/slashes, ${serve} }]
`,
      [],
    ],
    [
      "namerd's own file",
      `storage: { kind: io.l5d.inMemory }
interfaces: [{ kind: io.l5d.httpController }]
namers: []
`,
      ["1:18 storage.kind KIND_NOT_BUILT", "2:22 interfaces.0.kind KIND_NOT_BUILT"],
    ],
  ])("%s", async (_, text, expected) => {
    const { plan, problems } = await loadConfig({ text, file: "l5d.yaml", baseDir: "/nowhere" }, registry);
    expect(brief(problems)).toEqual(expected);
    expect(plan !== undefined).toBe(expected.every((problem) => problem.endsWith("?")));
  });

  it("has what those examples take for granted", () => {
    expect(
      [pathIdentifier.kind, tokenIdentifier.kind].every((kind) => registry.kinds("identifier").includes(kind)),
    ).toBe(true);
  });
});
