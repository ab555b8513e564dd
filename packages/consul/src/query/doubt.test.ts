import { describe, expect, it } from "vitest";
import { consulAnswer } from "../../test-support/scripted-transport.js";
import { disbelief, doubtOf, isBelievable } from "./doubt.js";

const doubt = (headers: Record<string, string>) => doubtOf(consulAnswer({ headers }));

describe("answers of servers that may not know", () => {
  it.each([
    [{ "x-consul-knownleader": "true", "x-consul-lastcontact": "0" }, undefined],
    [{}, undefined],
    [{ "x-consul-knownleader": "true", "x-consul-lastcontact": "5000" }, undefined],
    [
      { "x-consul-knownleader": "true", "x-consul-lastcontact": "5001" },
      "the server last heard from its leader 5001 ms ago",
    ],
    [{ "x-consul-knownleader": "false", "x-consul-lastcontact": "0" }, "the server knows no leader"],
    [{ "x-consul-knownleader": "false", "x-consul-lastcontact": "9000" }, "the server knows no leader"],
    [{ "x-consul-knownleader": "False, false" }, "the server knows no leader"],
    [{ "x-consul-lastcontact": "6000, 0" }, "the server last heard from its leader 6000 ms ago"],
    [{ "x-consul-lastcontact": "soon" }, undefined],
    [{ "x-consul-lastcontact": "-1" }, undefined],
  ])("%j: %s", (headers, why) => {
    expect(doubt(headers as Record<string, string>)).toBe(why);
  });

  it.each<[string | undefined, number, number | undefined, string | undefined]>([
    [undefined, 0, undefined, "the answer has no X-Consul-Index"],
    [undefined, 0, 3, "the answer has no X-Consul-Index"],
    [undefined, 1, 3, undefined],
    ["0", 0, 3, undefined],
    ["7", 0, undefined, undefined],
  ])("with index %s, of %d addresses where there were %s: %s", (index, now, before, why) => {
    expect(disbelief(consulAnswer({ index }), now, before)).toBe(why);
  });

  it.each([
    [0, undefined, false],
    [0, 0, false],
    [0, 5, false],
    [1, undefined, true],
    [2, 5, false],
    [3, 5, true],
    [5, 10, true],
    [4, 10, false],
    [20, 10, true],
  ])("%d addresses where there were %s: %s", (now, before, believed) => {
    expect(isBelievable(now, before)).toBe(believed);
  });
});
