import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, NAMETREE_WEIGHT } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { type MutableVar, Var } from "../values/var.js";
import { bindTree } from "./bind-tree.js";
import { settleTree } from "./settle.js";

const NAMES = ["a", "b", "c", "d"] as const;
const IDS = ["x", "y", "z"] as const;
const MAX_DEPTH = 4;

type Tree = NameTree<Name>;
type Step = { name: string; state: State<Tree> } | { id: string; usable: boolean };

const addr = Var.value(Addr.bound([]));
const atom: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES).map((name) => NameTree.leaf(Name.path(Path.of(name)))) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...IDS), fc.constantFrom("", "r")).map(([id, rest]) => leaf(id, rest)),
  },
  { weight: 3, arbitrary: fc.constantFrom<Tree>(NameTree.neg, NameTree.fail, NameTree.empty) },
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 2, depthIdentifier: "tree" },
    atom,
    fc.array(tie("tree"), { maxLength: 3 }).map((trees) => NameTree.alt(...trees)),
    fc
      .array(fc.tuple(fc.constantFrom(0.3, 0.7, 1), tie("tree")), { maxLength: 3 })
      .map((trees) => NameTree.union(...trees.map(([weight, one]) => NameTree.weighted(weight, one)))),
  ),
}));
const state: fc.Arbitrary<State<Tree>> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<State<Tree>>(State.pending) },
  { weight: 2, arbitrary: fc.constantFrom("boom", "bang").map((text) => State.failed(new NamerError("TEST", text))) },
  { weight: 6, arbitrary: tree.map((one) => State.ok(one)) },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ name: fc.constantFrom(...NAMES), state }) },
    { weight: 1, arbitrary: fc.record({ id: fc.constantFrom(...IDS), usable: fc.boolean() }) },
  ),
  { maxLength: 20 },
);

describe("bindTree", () => {
  it("is at every moment what the plain recursive definition makes of the states of the moment", () =>
    fc.assert(
      fc.property(tree, steps, fc.boolean(), (root, script, withUsable) => {
        const world = new World();
        const usable = (id: Path): Var<boolean> => world.usable.get(id.at(0)) as Var<boolean>;
        const options = withUsable ? { maxDepth: MAX_DEPTH, usable } : { maxDepth: MAX_DEPTH };
        const bound = bindTree(world.lookup, root, options);
        const seen: string[] = [];
        const observation = settleTree(bound).run.observe((now) => seen.push(shown(now, false)));
        for (const step of [undefined, ...script]) {
          const before = seen.length;
          if (step !== undefined) world.play(step);
          const model = new Model(world, withUsable);
          const expected = model.bind(root, 0, undefined);
          const routing = shown(expected, false);
          expect(seen.at(-1)).toBe(routing);
          expect(shown(bound.run.sample(), true)).toBe(shown(expected, true));
          // At most one update a step, and none if what can be seen stayed the same.
          if (step !== undefined) expect(seen.length - before).toBe(seen[before - 1] === routing ? 0 : 1);
          expect([...world.observed()]).toEqual([...model.asked].sort());
        }
        observation.close();
        expect([...world.observed()]).toEqual([]);
        const updates = seen.length;
        for (const cell of world.states.values()) cell.update(State.failed(new NamerError("TEST", "after close")));
        expect(seen.length).toBe(updates);
      }),
      { numRuns: 400 },
    ));
});

function leaf(id: string, rest: string): Tree {
  return NameTree.leaf(Name.bound(Path.of(id), rest === "" ? Path.empty : Path.of(rest), addr));
}

/** Namers that count who observes them. */
class World {
  readonly states = new Map<string, MutableVar<State<Tree>>>(
    NAMES.map((name) => [name, Var.mutable<State<Tree>>(State.pending)]),
  );
  readonly usable = new Map<string, MutableVar<boolean>>(IDS.map((id) => [id, Var.mutable(true)]));
  readonly #live = new Map<string, number>();
  readonly #answers = new Map<string, Activity<Tree>>(NAMES.map((name) => [name, this.#counted(name)]));

  readonly lookup = (path: Path): Activity<Tree> => this.#answers.get(path.at(0)) as Activity<Tree>;

  play(step: Step): void {
    if ("name" in step) this.states.get(step.name)?.update(step.state);
    else this.usable.get(step.id)?.update(step.usable);
  }

  observed(): string[] {
    return [...this.#live]
      .filter(([, count]) => count > 0)
      .map(([name]) => name)
      .sort();
  }

  #counted(name: string): Activity<Tree> {
    return Activity.async((set, signal) => {
      this.#live.set(name, (this.#live.get(name) ?? 0) + 1);
      const observation = this.states.get(name)?.observe(set);
      signal.addEventListener("abort", () => {
        this.#live.set(name, (this.#live.get(name) ?? 0) - 1);
        observation?.close();
      });
    });
  }
}

/** The definition of binding (Finagle's Namer.bind), over values instead of Activities. */
class Model {
  readonly asked = new Set<string>();
  readonly #world: World;
  readonly #usable: boolean;

  constructor(world: World, usable: boolean) {
    this.#world = world;
    this.#usable = usable;
  }

  bind(root: Tree, depth: number, weight: number | undefined): State<NameTree<BoundName>> {
    if (depth > MAX_DEPTH)
      return State.failed(new NamerError("BIND_DEPTH", `Max recursion level: ${MAX_DEPTH} reached in Namer lookup`));
    if (root.type === "alt") return this.#alt(root.trees, depth, weight);
    if (root.type === "union") {
      if (root.trees.length === 0) return State.ok(NameTree.neg);
      const states = root.trees.map((one) => this.bind(one.tree, depth, one.weight));
      if (states.length === 1) return states[0] as State<NameTree<BoundName>>;
      const ok = root.trees.flatMap(({ weight: own }, i) => {
        const one = states[i];
        return one?.status === "ok" ? [NameTree.weighted(own, one.value)] : [];
      });
      if (ok.length > 0) {
        // One Ok among several is still a union: its Fail is Neg, which a union of one would not make of it.
        return State.ok(NameTree.simplify(NameTree.union(...ok, NameTree.weighted(1, NameTree.neg))));
      }
      return states.find((one) => one.status === "failed") ?? State.pending;
    }
    if (root.type !== "leaf") return State.ok(root);
    if (root.value.type === "path") {
      const name = root.value.path.at(0);
      this.asked.add(name);
      const answer = this.#world.states.get(name)?.sample() ?? State.pending;
      return answer.status === "ok" ? this.bind(answer.value, depth + 1, weight) : answer;
    }
    const { id, residual } = root.value;
    if (this.#usable && this.#world.usable.get(id.at(0))?.sample() === false) return State.ok(NameTree.neg);
    const meta = weight === undefined ? {} : { [NAMETREE_WEIGHT]: weight };
    return State.ok(NameTree.leaf(Name.bound(id, residual, Var.value(Addr.bound([], meta)))));
  }

  #alt(trees: readonly Tree[], depth: number, weight: number | undefined): State<NameTree<BoundName>> {
    for (const one of trees) {
      const bound = this.bind(one, depth, weight);
      if (bound.status !== "ok" || bound.value.type !== "neg") return bound;
    }
    return State.ok(NameTree.neg);
  }
}

function shown(now: State<NameTree<BoundName>>, withMeta: boolean): string {
  if (now.status !== "ok") return now.status === "failed" ? `failed ${now.error.message}` : now.status;
  const text = NameTree.map(now.value, ({ id, residual, addr: live }) => {
    const value = live.sample();
    return [id.show(), residual.show(), withMeta && value.type === "bound" ? value.meta[NAMETREE_WEIGHT] : undefined];
  });
  return JSON.stringify(text);
}
