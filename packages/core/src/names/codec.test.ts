import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Var } from "../values/var.js";
import { Addr, address } from "./addr.js";
import * as codec from "./codec.js";
import { Dtab } from "./dtab.js";
import { MAX_JSON_DEPTH } from "./json-reader.js";
import { type BoundName, Name } from "./name.js";
import { NameTree } from "./nametree.js";
import { Path } from "./path.js";

const bound = (id: string, residual: string): NameTree<BoundName> =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.parse(residual), Var.value(Addr.pending)));

describe("trees in JSON", () => {
  const tree = NameTree.union(
    NameTree.weighted(0.9, bound("/#/a/x", "/")),
    NameTree.weighted(
      0.1,
      NameTree.union(NameTree.weighted(1, bound("/#/b", "/r/s")), { weight: 2, tree: NameTree.empty }),
    ),
  );
  const json = {
    type: "union",
    trees: [
      { weight: 0.9, tree: { type: "leaf", bound: { id: "/#/a/x", path: "/" } } },
      {
        weight: 0.1,
        tree: {
          type: "union",
          trees: [
            { weight: 1, tree: { type: "leaf", bound: { id: "/#/b", path: "/r/s" } } },
            { weight: 2, tree: { type: "empty" } },
          ],
        },
      },
    ],
  };

  it("have the shape that the command line promises", () => {
    expect(codec.encodeTree(tree)).toEqual(json);
    expect(codec.encodeTree(NameTree.neg)).toEqual({ type: "neg" });
    expect(codec.encodeTree(NameTree.fail)).toEqual({ type: "fail" });
  });

  it("read back, with the addresses that the reader has for each id", () => {
    const asked: string[] = [];
    const live = Var.value(Addr.neg);
    const read = codec.decodeTree(json, (id) => {
      asked.push(id.show());
      return live;
    });
    expect(NameTree.equals(read, tree, Name.equals)).toBe(true);
    expect(asked).toEqual(["/#/a/x", "/#/b"]);
    expect(NameTree.leaves(read).every((name) => name.addr === live)).toBe(true);
  });

  it.each<[unknown, string]>([
    [null, "$: is not an object"],
    [[], "$: is not an object"],
    [{}, "$.type: is not a string"],
    [{ type: "tree" }, "$.type: is not leaf, alt, union, neg, fail or empty"],
    [{ type: "alt" }, "$.trees: is not a list"],
    [{ type: "alt", trees: [{ type: "neg" }, 7] }, "$.trees[1]: is not an object"],
    [{ type: "union", trees: [{ weight: "1", tree: { type: "neg" } }] }, "$.trees[0].weight: is not a number"],
    [{ type: "union", trees: [{ weight: -1, tree: { type: "neg" } }] }, "$.trees[0].weight: is negative"],
    [{ type: "leaf", path: "a" }, "$.path: '/' expected but 'a' found at '[a]'"],
    [Object.create({ type: "neg" }), "$.type: is not a string"],
  ])("refuse %j", (value, message) => {
    expect(() => codec.decodePathTree(value)).toThrow(expect.objectContaining({ code: "CODEC_INVALID", message }));
  });

  it("refuse nesting that could overflow the stack of whoever uses them", () => {
    let deep: object = { type: "neg" };
    for (let i = 0; i < MAX_JSON_DEPTH; i++) deep = { type: "alt", trees: [deep] };
    expect(() => codec.decodePathTree(deep)).toThrow(expect.objectContaining({ code: "CODEC_INVALID" }));
  });
});

describe("addresses in JSON", () => {
  const addresses = [
    address("10.0.0.2", 80),
    address("10.0.0.1", 8080, { weight: 0.5, meta: { node: "n1" } }),
    address("10.0.0.1", 80),
  ];
  const json = {
    type: "bound",
    addrs: [
      { ip: "10.0.0.1", port: 80, weight: 1, meta: {} },
      { ip: "10.0.0.1", port: 8080, weight: 0.5, meta: { node: "n1" } },
      { ip: "10.0.0.2", port: 80, weight: 1, meta: {} },
    ],
    meta: { namer_nametree_weight: 0.9, authority: "web" },
  };

  it("are sorted, and leave the given list alone", () => {
    const before = [...addresses];
    expect(codec.encodeAddr(Addr.bound(addresses, json.meta))).toEqual(json);
    expect(addresses).toEqual(before);
  });

  it("read back equal", () => {
    expect(Addr.equals(codec.decodeAddr(json), Addr.bound(addresses, json.meta))).toBe(true);
    for (const addr of [Addr.neg, Addr.pending]) expect(codec.decodeAddr(codec.encodeAddr(addr))).toBe(addr);
  });

  it("keep the words of a failure", () => {
    const failed = Addr.failed(new NamerError("NAMER_REFUSED", "no", { cause: new Error("token expired") }));
    expect(codec.encodeAddr(failed)).toEqual({ type: "failed", cause: "no: token expired" });
    expect(codec.decodeAddr(codec.encodeAddr(failed))).toMatchObject({ error: { message: "no: token expired" } });
  });

  it.each<[unknown, string]>([
    [{ type: "up" }, "$.type: is not bound, neg, pending or failed"],
    [{ type: "bound", addrs: [{ ip: "1.2.3.4" }], meta: {} }, "$.addrs[0].port: is not a number"],
    [{ type: "bound", addrs: [{ ip: "1.2.3.4", port: 65_536 }], meta: {} }, "$.addrs[0].port: is not a port"],
    [
      { type: "bound", addrs: [{ ip: "1.2.3.4", port: 1, meta: { a: 1 } }], meta: {} },
      "$.addrs[0].meta.a: is not a string",
    ],
    [{ type: "bound", addrs: [], meta: { a: true } }, "$.meta.a: is not a string"],
  ])("refuse %j", (value, message) => {
    expect(() => codec.decodeAddr(value)).toThrow(expect.objectContaining({ code: "CODEC_INVALID", message }));
  });
});

describe("paths and dtabs in JSON", () => {
  it("are text", () => {
    const dtab = Dtab.parse("/svc/* => 0.001*/a & /b");
    expect(codec.encodeDtab(dtab)).toEqual([{ prefix: "/svc/*", dst: "0.001*/a & /b" }]);
    expect(codec.decodePath(codec.encodePath(Path.of("a b")))).toEqual(Path.of("a b"));
  });

  it.each<[unknown, string]>([
    ["/a=>/b", "$: is not a list"],
    [[{ prefix: "/a", dst: "/b" }, { prefix: "/a" }], "$[1].dst: is not a string"],
    [[{ prefix: "a", dst: "/b" }], "$[0].prefix: '/' expected but 'a' found at '[a]'"],
  ])("refuse %j", (value, message) => {
    expect(() => codec.decodeDtab(value)).toThrow(expect.objectContaining({ code: "CODEC_INVALID", message }));
  });
});
