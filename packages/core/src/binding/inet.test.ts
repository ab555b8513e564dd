import { describe, expect, it } from "vitest";
import { Addr, address } from "../names/addr.js";
import { Var } from "../values/var.js";
import { inetAddr, ipv4Literal, isIpv6, javaInt } from "./inet.js";

const asked: string[] = [];
const resolver = (host: string, port: number): Var<Addr> => {
  asked.push(`${host}:${port}`);
  return Var.value(Addr.neg);
};

describe("inetAddr", () => {
  it.each([
    ["127.0.0.1", "80", false, "127.0.0.1"],
    ["127.1", "+80", false, "127.0.0.1"],
    ["", "80", false, "127.0.0.1"],
    ["[::1]", "80", false, "::1"],
    ["FE80::A", "80", true, "fe80::a"],
  ])("takes %s %s as it stands (bare IPv6: %s)", (host, port, bare, ip) => {
    expect(inetAddr(host, port, undefined, bare).sample()).toEqual(Addr.bound([address(ip, 80)]));
  });

  it.each([
    ["127.0.0.1", "99999", "port out of range"],
    ["127.0.0.1", "0", "port out of range"],
    ["127.0.0.1", "-1", "port out of range"],
    ["127.0.0.1", "http", "bad port"],
    ["127.0.0.1", "99999999999", "bad port"],
    ["::1", "80", "You must specify host and port"],
    ["[::g]", "80", "not an IPv6"],
    ["1.2.3.4.5", "80", "not an IPv4"],
    ["010.0.0.1", "80", "not an IPv4"],
    ["web.example", "80", "no resolver"],
  ])("refuses %s %s, with words", (host, port, words) => {
    expect(inetAddr(host, port, undefined, false).sample()).toMatchObject({
      type: "failed",
      error: { message: expect.stringContaining(words) },
    });
  });

  it("asks the resolver for names only", () => {
    expect(inetAddr("web.example", "80", resolver, false).sample()).toBe(Addr.neg);
    inetAddr("10.1", "80", resolver, false).sample();
    expect(asked).toEqual(["web.example:80"]);
  });

  it("fails the address when the resolver throws", () => {
    const throwing = (): never => {
      throw new Error("no sockets left");
    };
    expect(inetAddr("web", "80", throwing, false).sample()).toMatchObject({ type: "failed" });
  });
});

describe("literals", () => {
  it.each([
    ["1", "0.0.0.1"],
    ["1234", "0.0.4.210"],
    ["4294967295", "255.255.255.255"],
    ["4294967296", undefined],
    ["1.2", "1.0.0.2"],
    ["1.16777215", "1.255.255.255"],
    ["1.2.772", "1.2.3.4"],
    ["1.2.65536", undefined],
    ["256.1", undefined],
    ["1..2", undefined],
    ["", undefined],
    ["1.2.3.", undefined],
  ])("IPv4 %s is %s", (text, ip) => expect(ipv4Literal(text)).toBe(ip));

  it.each(["::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4"])("%s is IPv6", (text) =>
    expect(isIpv6(text)).toBe(true),
  );
  it.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "::12345",
    "1.2.3.4::",
    "fe80::1%eth0",
    "::1.2",
  ])("%s is not IPv6", (text) => expect(isIpv6(text)).toBe(false));

  it.each([
    ["80", 80],
    ["-0", -0],
    ["2147483647", 2147483647],
    ["2147483648", undefined],
    ["8e1", undefined],
    [" 8", undefined],
    ["", undefined],
  ])("integer %s is %s", (text, value) => expect(javaInt(text)).toBe(value));
});
