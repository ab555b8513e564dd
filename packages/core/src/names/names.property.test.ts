import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNamerError } from "../errors.js";
import { decodeDtab, decodePathTree, encodeDtab, encodePathTree } from "./codec.js";
import { Dentry, DentryPrefix, Dtab, type PrefixElement, wildcard } from "./dtab.js";
import { finagleDtabHeaders, linkerdDtabHeaders } from "./dtab-headers.js";
import { NameTree } from "./nametree.js";
import { Path } from "./path.js";

const plain = fc.stringMatching(/^[0-9A-Za-z_:.#$%-]{1,4}$/);
const element = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 4, unit: "binary" }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }) },
);
const path = fc.array(element, { maxLength: 5 }).map((elements) => Path.of(...elements));
/** Few names, so that prefixes often match. */
const small = fc.array(fc.constantFrom("a", "b"), { maxLength: 4 }).map((elements) => Path.of(...elements));

const twoDecimals = fc.nat(1000).map((cents) => cents / 100);
const anyWeight = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const special = fc.constantFrom<NameTree<Path>>(NameTree.neg, NameTree.fail, NameTree.empty);

/** Trees of paths whose nodes have at least so many children. */
function trees(minLength: number, weight: fc.Arbitrary<number>): fc.Arbitrary<NameTree<Path>> {
  const list = { minLength, maxLength: 4, depthIdentifier: "tree" };
  return fc.letrec<{ tree: NameTree<Path> }>((tie) => ({
    tree: fc.oneof(
      { depthIdentifier: "tree", depthSize: "small", maxDepth: 5 },
      { weight: 3, arbitrary: path.map((leaf) => NameTree.leaf(leaf)) },
      { weight: 1, arbitrary: special },
      { weight: 2, arbitrary: fc.array(tie("tree"), list).map((children) => NameTree.alt(...children)) },
      {
        weight: 2,
        arbitrary: fc
          .array(fc.tuple(weight, tie("tree")), list)
          .map((children) => NameTree.union(...children.map(([share, tree]) => NameTree.weighted(share, tree)))),
      },
    ),
  })).tree;
}

const prefix = fc
  .array(fc.oneof<fc.Arbitrary<PrefixElement>[]>(element, fc.constantFrom("a", "b"), fc.constant(wildcard)), {
    maxLength: 4,
  })
  .map((elements) => DentryPrefix.of(...elements));
function dtabs(weight: fc.Arbitrary<number>, maxLength = 4): fc.Arbitrary<Dtab> {
  const entry = fc.tuple(prefix, trees(2, weight)).map(([left, right]) => new Dentry(left, right));
  return fc.array(entry, { maxLength }).map((entries) => Dtab.of(...entries));
}

const same = (a: NameTree<Path>, b: NameTree<Path>): boolean => NameTree.equals(a, b, (x, y) => x.equals(y));
const values = (tree: NameTree<Path>): string[] | undefined =>
  NameTree.eval(tree, String)?.map((value) => value.show());

/** The law of evaluation as the specification puts it, with nothing clever about it. */
function lawful(tree: NameTree<Path>): "neg" | "fail" | Set<string> {
  if (tree.type === "leaf") return new Set([tree.value.show()]);
  if (tree.type === "empty") return new Set();
  if (tree.type === "neg" || tree.type === "fail") return tree.type;
  const children = tree.type === "alt" ? tree.trees : tree.trees.map((branch) => branch.tree);
  const results = children.map(lawful);
  if (results.length === 1) return results[0] ?? "neg";
  if (tree.type === "alt") return results.find((result) => result !== "neg") ?? "neg";
  const sets = results.filter((result) => typeof result !== "string");
  return sets.length === 0 ? "neg" : new Set(sets.flatMap((set) => [...set]));
}

describe("paths", () => {
  it("read back what they show, and show the same exactly when they are equal", () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Path.parse(a.show()).equals(a)).toBe(true);
        expect(Path.parse(` # c\n${a.show()}\n`).show()).toBe(a.show());
        expect(a.equals(b)).toBe(a.show() === b.show());
      }),
    );
  });

  it("fall apart into a prefix and a rest, and are put together again", () => {
    fc.assert(
      fc.property(path, path, fc.integer({ min: -2, max: 8 }), (a, b, n) => {
        expect(a.take(n).concat(a.drop(n)).equals(a)).toBe(true);
        expect(a.concat(b).startsWith(a)).toBe(true);
        expect(a.concat(b).drop(a.size).equals(b)).toBe(true);
        expect(a.startsWith(Path.empty)).toBe(true);
      }),
    );
  });

  it("begin with a prefix exactly when that many of their elements are the prefix", () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(a.startsWith(b)).toBe(a.size >= b.size && a.take(b.size).equals(b));
        expect(DentryPrefix.of(...b.elements).matches(a)).toBe(a.startsWith(b));
        expect(DentryPrefix.of(...b.elements.map((): PrefixElement => wildcard)).matches(a)).toBe(a.size >= b.size);
      }),
    );
  });
});

describe("trees", () => {
  it("read back what they show, but for finer weights", () => {
    fc.assert(fc.property(trees(2, twoDecimals), (tree) => same(NameTree.parse(NameTree.show(tree)), tree)));
  });

  it("evaluate by the law, simplified or not, and are simplified once and for all", () => {
    fc.assert(
      fc.property(trees(0, anyWeight), (tree) => {
        const law = lawful(tree);
        const simple = NameTree.simplify(tree);
        expect(values(tree)?.sort()).toEqual(typeof law === "string" ? undefined : [...law].sort());
        expect(lawful(simple)).toEqual(law);
        expect(same(NameTree.simplify(simple), simple)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("survive JSON", () => {
    fc.assert(
      fc.property(trees(0, anyWeight), (tree) =>
        same(decodePathTree(JSON.parse(JSON.stringify(encodePathTree(tree)))), tree),
      ),
    );
  });
});

describe("dtabs", () => {
  it("read back what they show", () => {
    fc.assert(fc.property(dtabs(twoDecimals), (dtab) => Dtab.parse(dtab.show()).equals(dtab)));
  });

  it("survive JSON and headers with any weight", () => {
    fc.assert(
      fc.property(dtabs(anyWeight), (dtab) => {
        expect(Dtab.parse(dtab.showExact()).equals(dtab)).toBe(true);
        expect(decodeDtab(JSON.parse(JSON.stringify(encodeDtab(dtab)))).equals(dtab)).toBe(true);
        for (const codec of [linkerdDtabHeaders, finagleDtabHeaders]) {
          expect(codec.read(codec.write(dtab)).equals(dtab)).toBe(true);
        }
      }),
    );
  });

  it("put the matches of later entries before those of earlier ones", () => {
    fc.assert(
      fc.property(dtabs(twoDecimals), small, (dtab, name) => {
        const found = dtab.entries
          .filter((entry) => entry.prefix.matches(name))
          .map(({ prefix: { size }, dst }) => NameTree.map(dst, (leaf) => leaf.concat(name.drop(size))))
          .reverse();
        const [first = NameTree.neg] = found;
        expect(same(dtab.lookup(name), found.length > 1 ? NameTree.alt(...found) : first)).toBe(true);
      }),
    );
  });

  it("concatenate their entries, and come apart again", () => {
    fc.assert(
      fc.property(dtabs(twoDecimals), dtabs(twoDecimals), (a, b) => {
        expect(a.concat(b).equals(Dtab.of(...a.entries, ...b.entries))).toBe(true);
        expect(a.concat(b).stripPrefix(a).equals(b)).toBe(true);
      }),
    );
  });

  it("simplify to what evaluates the same", () => {
    fc.assert(
      fc.property(dtabs(twoDecimals), small, (dtab, name) => {
        expect(values(dtab.simplified().lookup(name))).toEqual(values(dtab.lookup(name)));
      }),
    );
  });
});

describe("any text at all", () => {
  const parsers: readonly [string, (text: string) => unknown][] = [
    ["PATH_INVALID", Path.parse],
    ["NAMETREE_INVALID", NameTree.parse],
    ["DTAB_INVALID", Dtab.parse],
    ["DTAB_INVALID", Dentry.parse],
    ["DTAB_INVALID", DentryPrefix.parse],
  ];
  const syntax = fc.constantFrom(..."/\\x#|&*()!~$;=>. \n\t0f9a_@é\ud800\uffff\u2003", "=>", "/a", "0.5*", "\\x2a");
  const valid = fc.oneof(
    path.map(String),
    trees(2, twoDecimals).map((tree) => NameTree.show(tree)),
    dtabs(twoDecimals).map(String),
  );
  const mutated = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.oneof(syntax, fc.constant(""))), { maxLength: 4 }))
    .map(([text, edits]) => edits.reduce(edit, text));
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(syntax).map((parts) => parts.join("")),
    mutated,
  );

  function edit(whole: string, [where, length, insert]: [number, number, string]): string {
    const at = where % (whole.length + 1);
    return whole.slice(0, at) + insert + whole.slice(at + length);
  }

  it("gives a value that shows and reads back, or an error with a position inside the text", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...parsers), (input, [code, parse]) => {
        const value = parseOrError(parse, input);
        if (isNamerError(value)) {
          expect(value.code).toBe(code);
          expect(value.at?.offset).toBeGreaterThanOrEqual(0);
          expect(value.at?.offset).toBeLessThanOrEqual(input.length);
        } else if (parse !== NameTree.parse) {
          const shown = String(value);
          expect(String(parse(shown))).toBe(shown);
        }
      }),
      { numRuns: 3000 },
    );
  });

  // Read in quadratic time, 1 MB would take many minutes and the test would time out.
  it.each([
    "(",
    "/a|",
    "/a&",
    "/a",
    "/",
    "\\x41",
    "/\\x41",
    "1",
    "1.",
    ".",
    "1*",
    "# ",
    " ",
    "#\n",
    "~|",
    "!&",
    "/a=>/b;",
    "/*",
    "/a=>(",
    "/a # x\n",
    "=>",
    "/a|(",
    "\u2003",
  ])(
    "is read in linear time and answered with a short message: 1 MB of %j",
    (piece) => {
      const body = piece.repeat(Math.ceil(1_000_000 / piece.length));
      for (const [, parse] of parsers) {
        for (const input of [body, `/${body}`, `/a => ${body}`, `${body}/a@`]) {
          const value = parseOrError(parse, input);
          if (isNamerError(value)) expect(value.message.length).toBeLessThan(400);
          else expect(value).toBeDefined();
        }
      }
    },
    60_000,
  );

  function parseOrError(parse: (text: string) => unknown, input: string): unknown {
    try {
      return parse(input);
    } catch (thrown) {
      if (isNamerError(thrown)) return thrown;
      throw thrown;
    }
  }
});
