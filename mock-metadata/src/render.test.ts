import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Json, nilList, nilMap } from "./json.js";
import { goSprint, render } from "./render.js";

describe("text", () => {
  it.each<[string, Json, string]>([
    ["a text", "web", "web"],
    ["a number", 3, "3"],
    ["true", true, "true"],
    ["null", null, ""],
    ["an empty list", [], ""],
    ["a nil map", nilMap, ""],
    ["a map", { b: 1, a: [], c: {}, n: null, "x y/z": "" }, "a/\nb\nc/\nn\nx+y%2Fz\n"],
    ["a map with nils", { list: nilList, map: nilMap }, "list/\nmap/\n"],
    ["a list", ["x", 1, null, [1], {}], "0\n1\n2\n3/\n4/\n"],
    ["names in a list", [{ name: "a b" }, { uuid: "u" }, { uuid: "u", name: "n" }], "0=a+b\n1=u\n2=n\n"],
  ])("%s", (_, value, text) => {
    expect(render(value, "text")).toBe(text);
  });

  it("sorts lines, slashes included, and escapes what is no text at all", () => {
    expect(render({ "a.b": 1, a: {} }, "text")).toBe("a.b\na/\n");
    expect(render({ "\ud800": 1 }, "text")).toBe("%EF%BF%BD\n");
  });
});

describe("JSON", () => {
  it("sorts keys, numbers among them as texts", () => {
    expect(render({ b: 1, a: { "9": 0, "10": 0 } }, "json")).toBe('{"a":{"10":0,"9":0},"b":1}');
  });

  it("has null for nil lists and maps, and not for empty ones", () => {
    expect(render([nilList, nilMap, [], {}, null], "json")).toBe("[null,null,[],{},null]");
  });

  it("escapes what could end a script", () => {
    expect(render("</a>&\u2028", "json")).toBe('"\\u003c/a\\u003e\\u0026\\u2028"');
  });
});

describe("YAML", () => {
  it("writes out what comes twice, keys sorted, lists not indented, nil lists as lists", () => {
    const twice = { name: "x" };
    expect(render({ b: [twice], a: twice, n: nilList }, "yaml")).toBe("a:\n  name: x\nb:\n- name: x\nn: []\n");
    expect(parse(render(null, "yaml"))).toBeNull();
  });
});

describe("what a long poll compares with", () => {
  it.each<[Json, string]>([
    ["v", "v"],
    [3, "3"],
    [false, "false"],
    [null, "<nil>"],
    [["a", 1], "[a 1]"],
    [nilList, "[]"],
    [{ b: 1, a: ["x"] }, "map[a:[x] b:1]"],
  ])("%j is %s", (value, text) => {
    expect(goSprint(value)).toBe(text);
  });
});
