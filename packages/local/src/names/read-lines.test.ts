import { address, hostAddress } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { readLines } from "./read-lines.js";

describe("lines of a file", () => {
  it("are endpoints, with or without a weight", () => {
    expect(readLines("10.0.0.1 80\n10.0.0.2\t8080 * 0.5\n10.0.0.3 1*2\n").endpoints).toEqual([
      address("10.0.0.1", 80),
      address("10.0.0.2", 8080, { weight: 0.5 }),
      address("10.0.0.3", 1, { weight: 2 }),
    ]);
  });

  it("may be IPv6 or host names", () => {
    expect(readLines("::1 80\n[fe80::1] 81\ndb.example.com 5432\n127.1 82").endpoints).toEqual([
      address("::1", 80),
      address("fe80::1", 81),
      hostAddress("db.example.com", 5432),
      hostAddress("127.1", 82),
    ]);
  });

  it("may be empty, comments, and end as on Windows", () => {
    expect(readLines("# who\r\n\r\n  10.0.0.1 80 # the first\r\n").endpoints).toEqual([address("10.0.0.1", 80)]);
    expect(readLines("")).toEqual({ endpoints: [], wrong: [] });
  });

  it.each([
    ["10.0.0.1", "expected host port"],
    ["10.0.0.1:80", "expected host port"],
    ["10.0.0.1 http", "expected host port"],
    ["10.0.0.1 80 2", "expected host port"],
    ["10.0.0.1 0", "0 is no port"],
    ["10.0.0.1 65536", "65536 is no port"],
    ["10.0.0.1 80 * -1", "-1 is no weight"],
    ["10.0.0.1 80 * 0x10", "0x10 is no weight"],
    ["10.0.0.1 80 * NaN", "NaN is no weight"],
    ["10.0.0.1 80 * 1e999", "1e999 is no weight"],
    ["fe80::1%eth0 80", "an address with a zone"],
    ["http://web 80", "neither an address nor a host name"],
  ])("such as %j are left out, with their number", (said, why) => {
    const { endpoints, wrong } = readLines(`10.0.0.9 9\n${said}\n10.0.0.8 8`);
    expect(endpoints).toHaveLength(2);
    expect(wrong).toEqual([{ line: 2, why: expect.stringContaining(why) }]);
  });
});
