import { describe, expect, it } from "vitest";
import { problemsOf } from "../test-support/load.js";

const twoServers = (a: string, b: string) => `routers:
- protocol: http
  servers:
  - ${a}
- protocol: http
  label: other
  servers:
  - ${b}
`;

describe("listeners that cannot both be [parity: conflicts]", () => {
  it.each([
    ["port: 5000", "port: 5000", "8:11"],
    ["ip: 0.0.0.0", "{ ip: 127.0.0.1, port: 4140 }", "8:28"],
    ["port: 5000", '{ port: 5000, ip: "::" }', "8:13"],
    ['{ port: 5000, ip: "::1" }', '{ port: 5000, ip: "0:0:0:0:0:0:0:1" }', "8:13"],
    ["{}", "{}", "8:5"],
  ])("%s and %s", async (a, b, at) => {
    expect(await problemsOf(twoServers(a, b))).toEqual([`${at} routers.1.servers.0.port SERVER_PORT_CONFLICT`]);
  });

  it.each([
    ["port: 5000", "port: 5001"],
    ["port: 0", "port: 0"],
    ["{ ip: 127.0.0.1, port: 5000 }", "{ ip: 127.0.0.2, port: 5000 }"],
  ])("unlike %s and %s", async (a, b) => {
    expect(await problemsOf(twoServers(a, b))).toEqual([]);
  });

  it("within one router, and of a protocol that is not built", async () => {
    const problems = await problemsOf("routers:\n- protocol: h2\n  servers:\n  - port: 5000\n  - port: 5000\n");
    expect(problems).toContain("5:11 routers.0.servers.1.port SERVER_PORT_CONFLICT");
  });

  it("with the admin server, given or by default", async () => {
    const router = "routers:\n- protocol: http\n  servers:\n";
    expect(await problemsOf(`${router}  - port: 9990\n`)).toEqual([
      "4:11 routers.0.servers.0.port SERVER_PORT_CONFLICT",
    ]);
    expect(await problemsOf(`${router}  - { port: 5000, ip: 0.0.0.0 }\nadmin: { port: 5000 }\n`)).toEqual([
      "4:13 routers.0.servers.0.port SERVER_PORT_CONFLICT",
    ]);
    expect(await problemsOf(`${router}  - port: 9990\nadmin: { port: 0 }\n`)).toEqual([]);
  });
});

describe("labels [parity: conflicts]", () => {
  const router = (port: number, label: string) => `- protocol: http\n${label}  servers: [{ port: ${port} }]\n`;
  it.each([
    ["both by default", "", "", "4:3 routers.1.label ROUTER_LABEL_CONFLICT"],
    ["both given", "  label: a\n", "  label: a\n", "6:10 routers.1.label ROUTER_LABEL_CONFLICT"],
    ["one given", "  label: http\n", "", "5:3 routers.1.label ROUTER_LABEL_CONFLICT"],
  ])("%s", async (_, a, b, expected) => {
    expect(await problemsOf(`routers:\n${router(1, a)}${router(2, b)}`)).toEqual([expected]);
  });

  it("of different protocols do not conflict by default", async () => {
    const problems = await problemsOf(
      "routers:\n- { protocol: http, servers: [{}] }\n- { protocol: h2, servers: [{}] }\n",
    );
    expect(problems).toEqual(["3:15 routers.1.protocol KIND_NOT_BUILT"]);
  });
});
