import { describe, expect, it } from "vitest";
import { usableIp } from "./addresses.js";

describe("usableIp", () => {
  it.each(["10.42.0.7", "169.254.169.250", "fd00::1", "2001:db8::a"])("takes %s", (ip) => {
    expect(usableIp(ip, false)).toBe(ip);
  });

  it("writes IPv6 in lower case", () => expect(usableIp("FD00::A", false)).toBe("fd00::a"));

  it.each(["127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"])("takes %s only if told so", (ip) => {
    expect(usableIp(ip, false)).toBeUndefined();
    expect(usableIp(ip, true)).toBe(ip);
  });

  it.each([
    "",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "0:0:0:0:0:0:0:0",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::FFFF:a00:1",
    "fe80::1%eth0",
    "10.42.0.7/16",
    "10.42.0",
    "010.42.0.7",
    "web",
    " 10.42.0.7",
    null,
    undefined,
    42,
    ["10.42.0.7"],
    {},
  ])("never takes %j", (ip) => {
    expect(usableIp(ip, false)).toBeUndefined();
    expect(usableIp(ip, true)).toBeUndefined();
  });
});
