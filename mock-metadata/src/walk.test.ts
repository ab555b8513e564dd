import { describe, expect, it } from "vitest";
import { walk } from "./walk.js";

const root = {
  Camel: { x: 1 },
  lower: { Web: null, web: "found" },
  list: [
    { name: "zero", uuid: "u-0", n: null },
    { name: "7", uuid: "one", n: 1 },
    { name: "one", uuid: "u-2", n: 2 },
  ],
};

describe("walk", () => {
  it.each([
    [[], root],
    [["Camel", "x"], 1],
    [["list", "1", "n"], 1],
    [["list", "+1", "n"], 1],
    [["list", "u-2", "n"], 2],
  ])("%j", (path, value) => {
    expect(walk(root, path)).toBe(value);
  });

  it("by name or uuid, the first entry that has it as either", () => {
    expect(walk(root, ["list", "one", "n"])).toBe(1);
  });

  it("a number is a position and never a name", () => {
    expect(walk(root, ["list", "7", "n"])).toBeUndefined();
    expect(walk(root, ["list", "-1"])).toBeUndefined();
  });

  it("in lower case, but only if the path as it is leads nowhere", () => {
    expect(walk(root, ["LIST", "Zero", "UUID"])).toBe("u-0");
    expect(walk(root, ["lower", "Web"])).toBeNull();
    expect(walk(root, ["lower", "WEB"])).toBe("found");
    expect(walk(root, ["camel", "x"])).toBeUndefined();
  });

  it("a null that is there is found", () => {
    expect(walk(root, ["list", "zero", "n"])).toBeNull();
  });

  it("nothing is below a scalar, and nothing is inherited", () => {
    expect(walk(root, ["Camel", "x", "y"])).toBeUndefined();
    expect(walk(root, ["constructor"])).toBeUndefined();
    expect(walk(root, ["list", "length"])).toBeUndefined();
  });
});
