import { describe, expect, it } from "vitest";
import { type ConsulInterpreterOptions, checkInterpreterOptions } from "./interpreter-config.js";
import { type ConsulOptions, checkOptions, consulJsonSchema } from "./namer-config.js";

describe("options of the namer", () => {
  it("has Linkerd's defaults", () => {
    expect(checkOptions({})).toMatchObject({
      includeTag: false,
      useHealthCheck: false,
      healthStatuses: ["passing"],
      setHost: false,
      consistencyMode: "default",
      failFast: false,
      preferServiceAddress: true,
      transferMetadata: false,
      maxConnections: 128,
      waitMs: 60_000,
    });
    // What is not configured may come from the environment, or is the transport's to say.
    for (const field of ["weights", "token", "host", "port"] as const) expect(checkOptions({})[field]).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{ port: 0 }, "port: expected a port, 1 to 65535"],
    [{ port: "8500" }, "port: expected a port"],
    [{ host: "http://user:password@consul" }, "host: expected a host name"],
    [{ host: "consul/v1" }, "host: expected a host name"],
    [{ host: "ftp://consul" }, "host: expected a host name"],
    [{ host: [] }, "host: expected"],
    [{ host: "unix://relative" }, "host: expected"],
    [{ healthStatuses: ["passing", "PASSING"] }, "healthStatuses: 1: Illegal Consul health status: PASSING"],
    [{ consistencyMode: "weak" }, "consistencyMode: Illegal Consul consistency mode level: weak"],
    [
      { tls: { trustCerts: ["a"], trustCertsBundle: "b" } },
      "tls: trustCertsBundle: Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle.",
    ],
    [{ tls: { caPath: "x" } }, "caPath"],
    [{ tls: { clientAuth: { certPath: "x" } } }, "tls: clientAuth: keyPath"],
    [{ weights: [{ tag: "a", weight: -1 }] }, "weights: 0: weight: expected a weight, 0 or more"],
    [{ weights: [{ tag: "a" }] }, "weights: 0: weight"],
    [{ token: "a", tokenFile: "b" }, "tokenFile: there is a token already"],
    [{ waitMs: 10 }, "waitMs: expected 1,000 to 600,000 ms"],
    [{ waitMs: 700_000 }, "waitMs: expected 1,000 to 600,000 ms"],
    [{ maxConnections: 1 }, "maxConnections: expected a number of connections, 4 or more"],
    [{ connect: true }, "connect: Consul tells these with their health only"],
    [{ tagSeparator: ":" }, "tagSeparator: without includeTag"],
    [{ tagSeparator: "+", includeTag: true }, "tagSeparator: expected one of : % $ # _"],
    [{ preparedQueries: true, includeTag: true }, "includeTag: a prepared query says for itself"],
    [{ preparedQueries: true, filter: "x" }, "filter: prepared queries cannot be filtered"],
    [{ datacenter: "dc1" }, "datacenter"],
    [{ firstAnswerMs: 0 }, "firstAnswerMs: expected a whole number of milliseconds"],
  ])("%j: %s", (options, message) => {
    expect(() => checkOptions(options as ConsulOptions)).toThrow(message);
  });

  it.each<ConsulOptions>([
    { host: "consul.service.consul" },
    { host: "10.0.0.1" },
    { host: "::1" },
    { host: ["consul-1:8501", "https://consul.example.com", "unix:///run/consul.sock"] },
    { host: "unix:///run/consul.sock" },
    { host: ["a", "b", "unix:///x"] },
    { token: "x", tls: { enabled: true, commonName: "consul", trustCerts: ["ca.pem"] } },
    { tls: { clientAuth: { certPath: "a", keyPath: "b", intermediateCertsPath: "c" }, protocols: ["TLSv1.3"] } },
    { fixedLengthStreamedAfterKB: 0, failFast: true },
    { maxStaleMs: 60_000, whenUnavailable: "neg", emptyGraceMs: 5_000, snapshotFile: "x.json" },
  ])("takes %j", (options) => {
    expect(() => checkOptions(options)).not.toThrow();
  });

  it("does not quote a token that is wrong", () => {
    expect(() => checkOptions({ token: ["s3cr3t"] } as unknown as ConsulOptions)).toThrow(/^((?!s3cr3t).)*$/);
  });

  it("describes every field for editors", () => {
    const { properties } = consulJsonSchema as { properties: Record<string, { description?: string }> };
    const silent = Object.entries(properties).filter(([, { description }]) => description === undefined);
    expect(silent.map(([name]) => name)).toEqual([]);
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(["host", "tls", "weights", "maxStaleMs"]));
  });
});

describe("options of the interpreter", () => {
  it("has Linkerd's defaults", () => {
    expect(checkInterpreterOptions({})).toMatchObject({
      pathPrefix: "/namerd/dtabs",
      namespace: "default",
      readConsistencyMode: "default",
      writeConsistencyMode: "default",
      failFast: false,
    });
  });

  it.each<[unknown, string]>([
    [{ pathPrefix: "namerd" }, "pathPrefix: expected a path such as /namerd/dtabs"],
    [{ pathPrefix: "/" }, "pathPrefix: expected a path"],
    [{ readConsistencyMode: "x" }, "readConsistencyMode: Illegal Consul consistency mode level: x"],
    [{ backoff: { kind: "jittered", minMs: 5 } }, "backoff: maxMs"],
    [{ backoff: { kind: "linear" } }, "backoff"],
    [{ includeTag: true }, "includeTag"],
  ])("%j: %s", (options, message) => {
    expect(() => checkInterpreterOptions(options as ConsulInterpreterOptions)).toThrow(message);
  });
});
