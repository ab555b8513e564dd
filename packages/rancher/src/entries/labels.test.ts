import { describe, expect, it } from "vitest";
import { noLabels, readLabels } from "./labels.js";

const rules = { portPrefix: "io.l5d.port.", weight: "io.l5d.weight", told: ["zone"] };

describe("readLabels", () => {
  it.each([null, undefined, {}, [], "zone", { other: "x" }, { zone: 1 }])("finds nothing in %j", (value) => {
    expect(readLabels(value, rules)).toBe(noLabels);
  });

  it.each([
    ["1", 1, 0],
    ["0", 0, 0],
    ["0.25", 0.25, 0],
    ["-1", undefined, 1],
    ["heavy", undefined, 1],
    ["Infinity", undefined, 1],
    ["1e3", undefined, 1],
    ["", undefined, 1],
  ])("reads the weight %j", (text, weight, odd) => {
    expect(readLabels({ "io.l5d.weight": text }, rules)).toMatchObject({ weight, odd });
  });

  it.each([
    ["8080", 8080],
    ["0", undefined],
    ["65536", undefined],
    ["80/tcp", undefined],
  ])("reads the port %j", (text, port) => {
    const { ports, odd } = readLabels({ "io.l5d.port.Web": text }, rules);
    expect([ports.get("web"), odd]).toEqual([port, port === undefined ? 1 : 0]);
  });

  it.each(["", "8080", "9p", "-x", "a b", "a/b"])("knows no port called %j, which no name could ask for", (name) => {
    const { ports, odd } = readLabels({ [`io.l5d.port.${name}`]: "81" }, rules);
    expect([ports.size, odd]).toEqual([0, 1]);
  });
});
