import { testEnv } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { createTransport } from "./create-transport.js";
import { withEnvironment } from "./environment.js";

const whole = {
  CONSUL_HTTP_ADDR: "https://agent:8501",
  CONSUL_HTTP_TOKEN: "s3cr3t",
  CONSUL_HTTP_SSL: "true",
  CONSUL_HTTP_SSL_VERIFY: "0",
  CONSUL_CACERT: "/ca.pem",
  CONSUL_CAPATH: "/cas",
  CONSUL_CLIENT_CERT: "/me.pem",
  CONSUL_CLIENT_KEY: "/me.key",
  CONSUL_TLS_SERVER_NAME: "server.dc1.consul",
  CONSUL_NAMESPACE: "team",
  CONSUL_PARTITION: "part",
  PATH: "/bin",
};

describe("withEnvironment", () => {
  it("takes what Consul's own tools take", () => {
    const { config, taken, problems } = withEnvironment({}, whole);
    expect(config).toEqual({
      host: "https://agent:8501",
      token: "s3cr3t",
      tls: {
        enabled: true,
        disableValidation: true,
        trustCertsBundle: "/ca.pem",
        trustCertsFolder: "/cas",
        commonName: "server.dc1.consul",
        clientAuth: { certPath: "/me.pem", keyPath: "/me.key" },
      },
      namespace: "team",
      partition: "part",
    });
    expect(taken.join(" ")).not.toContain("s3cr3t");
    expect(taken).toContain("CONSUL_HTTP_TOKEN (not shown)");
    expect(taken).toContain("CONSUL_HTTP_ADDR=https://agent:8501");
    expect([taken.length, problems]).toEqual([11, []]);
  });

  it("leaves alone what is configured", () => {
    const mine = {
      host: "mine",
      tokenFile: "mine.token",
      tls: { enabled: false },
      namespace: "mine",
      partition: "mine",
    };
    expect(withEnvironment(mine, whole)).toEqual({ config: mine, taken: [], problems: [] });
    expect(withEnvironment({ port: 8600 }, { CONSUL_HTTP_ADDR: "agent:1" }).config).toEqual({ port: 8600 });
    expect(withEnvironment({ token: "mine" }, { CONSUL_HTTP_TOKEN_FILE: "/file" }).config).toEqual({ token: "mine" });
  });

  it("prefers the file with a token, as Consul does, and takes empty variables for none", () => {
    const both = { CONSUL_HTTP_TOKEN_FILE: " /file ", CONSUL_HTTP_TOKEN: "s3cr3t" };
    expect(withEnvironment({}, both).config).toEqual({ tokenFile: "/file" });
    expect(withEnvironment({}, { CONSUL_HTTP_TOKEN: " ", CONSUL_HTTP_ADDR: "" })).toEqual({
      config: {},
      taken: [],
      problems: [],
    });
  });

  it("speaks no TLS because there is an authority for it", () => {
    expect(withEnvironment({}, { CONSUL_CACERT: "/ca.pem" }).config.tls).toMatchObject({ enabled: false });
  });

  it("says what it does not understand", () => {
    const odd = { CONSUL_HTTP_SSL: "maybe", CONSUL_CLIENT_CERT: "/me.pem", CONSUL_HTTP_ADDR: "http://me:s3cr3t@agent" };
    const { taken, problems } = withEnvironment({}, odd);
    expect(problems).toEqual([
      "of CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY there is only one",
      "CONSUL_HTTP_SSL is neither true nor false",
    ]);
    expect(taken).toEqual(["CONSUL_HTTP_ADDR=http://***@agent", "CONSUL_CLIENT_CERT=/me.pem"]);
  });
});

describe("createTransport", () => {
  it("looks at the environment only when it is told to, and logs what it took", () => {
    const env = { ...testEnv(), environment: { CONSUL_HTTP_ADDR: "agent:1", CONSUL_HTTP_TOKEN: "s3cr3t" } };
    using without = createTransport({}, env);
    expect([without.state().agents[0]?.address, env.log.lines]).toEqual(["http://localhost:8500", []]);
    using transport = createTransport({ useEnvironment: true }, env);
    expect(transport.state()).toMatchObject({ agents: [{ address: "http://agent:1" }], token: "configured" });
    expect(env.log.lines).toMatchObject([{ level: "info", message: "taken from the environment" }]);
    expect(JSON.stringify([env.log.lines, transport.state()])).not.toContain("s3cr3t");
  });
});
