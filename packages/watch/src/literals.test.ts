import { describe, expect, it } from "vitest";
import { isHostName, literalAddress } from "./literals.js";

describe("literalAddress", () => {
  it.each([
    ["", "127.0.0.1"],
    ["10.1.2.3", "10.1.2.3"],
    ["127.1", "127.0.0.1"],
    ["10.258", "10.0.1.2"],
    ["1.2.772", "1.2.3.4"],
    ["2130706433", "127.0.0.1"],
    ["1", "0.0.0.1"],
    ["::1", "::1"],
    ["[FE80::A]", "fe80::a"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["1.2.3.4.5", "bad"],
    ["1.2.3.256", "bad"],
    ["256.1", "bad"],
    ["1.2.3.04", "bad"],
    ["4294967296", "bad"],
    ["1..2", "bad"],
    [".", "bad"],
    ["fe80::1%eth0", "bad"],
    ["[1.2.3.4]", "bad"],
    ["[host]", "bad"],
    ["host:80", "bad"],
    ["host", undefined],
    ["1.example", undefined],
  ])("%s", (host, ip) => expect(literalAddress(host)).toBe(ip));
});

describe("isHostName", () => {
  it.each(["host", "a.b-c.d", "my_service.local", "xn--bcher-kva.example", "example.com.", "1.example"])("%s", (host) =>
    expect(isHostName(host)).toBe(true),
  );
  it.each(["", ".", "a..b", "-a", "a b", "a/b", "ü", "a\u0000b", `${"a".repeat(64)}.b`, "a.".repeat(130)])(
    "not %s",
    (host) => expect(isHostName(host)).toBe(false),
  );
});
