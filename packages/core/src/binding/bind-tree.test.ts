import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, address, NAMETREE_WEIGHT } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { bindTree } from "./bind-tree.js";
import type { Lookup } from "./lookup.js";

const parse = (text: string): NameTree<Name> => NameTree.map(NameTree.parse(text), Name.path);
const bound = (id: string, addr = Var.value<Addr>(Addr.bound([]))): NameTree<BoundName> =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.empty, addr));
const byName =
  (answers: Readonly<Record<string, Activity<NameTree<Name>>>>): Lookup =>
  (path) =>
    answers[path.at(0)] ?? Activity.value<NameTree<Name>>(NameTree.neg);

describe("bindTree", () => {
  it("fails a union with the failure that stands first, when no branch is Ok", () => {
    const failed = (text: string): Activity<never> => Activity.failed(new NamerError("TEST", text));
    const lookup = byName({ slow: Activity.pending, one: failed("one"), two: failed("two") });
    const state = bindTree(lookup, parse("/slow & /one & /two")).run.sample();
    expect(state).toMatchObject({ status: "failed", error: { message: "one" } });
  });

  it("follows addresses, and adds the innermost weight to those that are bound", () => {
    const addr = Var.mutable<Addr>(Addr.pending);
    const lookup = byName({ a: Activity.value<NameTree<Name>>(bound("/id", addr)) });
    const state = bindTree(lookup, parse("0.4 * (0.25 * /a & 0.75 * ~) & 0.6 * ~")).run.sample();
    const leaf = state.status === "ok" && state.value.type === "leaf" ? state.value.value : undefined;
    const seen: Addr[] = [];
    const observation = leaf?.addr.observe((value) => seen.push(value));
    const one = address("10.0.0.1", 80);
    addr.update(Addr.bound([one], { authority: "web" }));
    observation?.close();
    expect(seen).toEqual([Addr.pending, Addr.bound([one], { authority: "web", [NAMETREE_WEIGHT]: 0.25 })]);
  });

  it.each<[string, Lookup]>([
    [
      "a lookup that throws",
      () => {
        throw new Error("thrown");
      },
    ],
    [
      "an answer that throws while it is observed",
      () =>
        Activity.async(() => {
          throw new Error("thrown");
        }),
    ],
    [
      "an answer that throws when it changes",
      () => {
        const source = Var.value(0).map((): State<NameTree<Name>> => {
          throw new Error("thrown");
        });
        return Activity.of(source);
      },
    ],
    ["something that is no Activity", () => undefined as never],
  ])("makes %s a failure", (_, lookup) => {
    for (const text of ["/a", "/a | /b"]) {
      const state = bindTree(lookup, parse(text)).run.sample();
      expect(state).toMatchObject({ status: "failed", error: { code: "BIND_THREW" } });
    }
  });

  it("turns a later throw into a failure, and recovers with the next answer", () => {
    const number = Var.mutable(1);
    const answer = number.map((n): State<NameTree<Name>> => {
      if (n === 2) throw new Error("two");
      return State.ok(bound(`/id${n}`));
    });
    const seen: string[] = [];
    const observation = bindTree(() => Activity.of(answer), parse("/a")).run.observe((state) =>
      seen.push(state.status),
    );
    number.update(2);
    number.update(3);
    observation.close();
    expect(seen).toEqual(["ok", "failed", "ok"]);
  });

  it("makes usable that throws a failure", () => {
    const usable = (): never => {
      throw new Error("thrown");
    };
    const lookup = byName({ a: Activity.value<NameTree<Name>>(bound("/id")) });
    const state = bindTree(lookup, parse("/a"), { usable }).run.sample();
    expect(state).toMatchObject({ status: "failed", error: { code: "BIND_THREW" } });
    expect(bindTree(lookup, bound("/id"), { usable }).run.sample()).toMatchObject({ status: "failed" });
  });

  it("ends when names multiply at every step, long before the depth limit would", () => {
    for (const text of ["/a & /a", "/a & /a | /a & /a"]) {
      let lookups = 0;
      const lookup: Lookup = () => {
        lookups++;
        return Activity.value(parse(text));
      };
      const state = bindTree(lookup, parse("/a"), { maxLookups: 500 }).run.sample();
      expect(state.status).toBe("failed");
      expect(lookups).toBeLessThan(5_000);
    }
  });

  it("ends when alternatives of nothing multiply, and says so", () => {
    let lookups = 0;
    const lookup: Lookup = (path) => {
      lookups++;
      const next = `/n${Number(path.at(0).slice(1)) + 1}`;
      return Activity.value(path.at(0) === "n60" ? NameTree.neg : parse(`${next} | ${next}`));
    };
    const state = bindTree(lookup, parse("/n0"), { maxLookups: 500 }).run.sample();
    expect(state).toMatchObject({ status: "failed", error: { code: "BIND_BREADTH" } });
    expect(lookups).toBeLessThan(5_000);
  });

  it("stops asking where answers grow, long before they fill the memory", () => {
    let asked = 0;
    const longer = Path.parse("/a/b/c/d/e/f/g/h");
    const growing = (path: Path): Activity<NameTree<Name>> => {
      asked++;
      const leaf = NameTree.weighted(1, NameTree.leaf(Name.path(path.concat(longer))));
      return Activity.value({ type: "union", trees: Array.from({ length: 100 }, () => leaf) });
    };
    let state: unknown;
    bindTree(growing, NameTree.leaf(Name.path(Path.of("q"))))
      .run.observe((next) => {
        state = next;
      })
      .close();
    expect(state).toMatchObject({ status: "failed", error: { code: "BIND_BREADTH" } });
    // 100 levels of 100 branches were asked for all at once before.
    expect(asked).toBeLessThan(100);
  });

  it("ends when a name grows at every step", () => {
    const lookup: Lookup = (path) => Activity.value(NameTree.leaf(Name.path(path.concat(path))));
    const state = bindTree(lookup, parse("/a")).run.sample();
    expect(state).toMatchObject({ status: "failed", error: { code: "BIND_BREADTH" } });
  });

  it("has the budget for each observer alone, and gives it back", () => {
    const lookup = byName({ a: Activity.value<NameTree<Name>>(bound("/id")) });
    const binding = bindTree(lookup, parse("/a"), { maxLookups: 1 });
    const observations = [1, 2, 3].map(() => binding.run.observe((state) => expect(state.status).toBe("ok")));
    for (const one of observations) one.close();
    const source = Var.mutable<State<NameTree<Name>>>(State.ok(parse("/b")));
    const lookups = byName({ a: Activity.of(source), b: lookup(Path.of("a")), c: lookup(Path.of("a")) });
    const seen: string[] = [];
    const moving = bindTree(lookups, parse("/a"), { maxLookups: 3 }).run.observe((state) => seen.push(state.status));
    for (let i = 0; i < 10; i++) source.update(State.ok(parse(i % 2 === 0 ? "/c" : "/b")));
    moving.close();
    expect(new Set(seen)).toEqual(new Set(["ok"]));
  });

  it("takes lists of alternatives far longer than the stack is deep", () => {
    const tree = NameTree.alt(...new Array<NameTree<Name>>(20_000).fill(NameTree.neg), bound("/last"));
    const state = bindTree(() => Activity.pending, tree).run.sample();
    expect(state).toMatchObject({ status: "ok", value: { type: "leaf" } });
  });
});
