import { describe, expect, it } from "vitest";
import { agentAddress } from "./agent-address.js";

describe("agentAddress", () => {
  it.each([
    ["localhost", false, "http://localhost:8500", "localhost:8500"],
    ["localhost", true, "https://localhost:8500", "localhost:8500"],
    ["10.0.0.1:80", false, "http://10.0.0.1:80", "10.0.0.1"],
    ["agent:80", true, "https://agent:80", "agent"],
    ["agent:443", false, "http://agent:443", "agent"],
    ["::1", false, "http://[::1]:8500", "[::1]:8500"],
    ["[::1]:9000", false, "http://[::1]:9000", "[::1]:9000"],
    ["http://agent", true, "http://agent:80", "agent"],
    ["https://agent:8501/consul/", false, "https://agent:8501/consul", "agent:8501"],
  ])("%s (TLS: %s) is %s, Host %s", (text, secure, shown, hostHeader) => {
    const address = agentAddress(text, 8500, secure);
    expect([address.shown, address.hostHeader, address.secure]).toEqual([shown, hostHeader, shown.startsWith("https")]);
    expect(new URL(`${address.base}/v1/a`).pathname).toBe(text.includes("/consul") ? "/consul/v1/a" : "/v1/a");
    expect(address.socketPath).toBeUndefined();
  });

  it("takes unix sockets", () => {
    expect(agentAddress("unix:///run/consul.sock", 8500, true)).toEqual({
      shown: "unix:///run/consul.sock",
      base: "http://localhost",
      hostHeader: "localhost",
      secure: false,
      socketPath: "/run/consul.sock",
    });
  });

  it.each([
    "",
    "a b",
    "ftp://agent",
    "agent/path",
    "unix://relative",
    "http://agent?x=1",
    "agent:99999",
    "http://me:s3cr3t@agent",
  ])("refuses %s", (text) => {
    const refused = (): unknown => agentAddress(text, 8500, false);
    expect(refused).toThrow(expect.objectContaining({ code: "NAMER_CONFIG" }));
    expect(refused).not.toThrow(/s3cr3t/);
  });
});
