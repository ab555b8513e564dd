import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Activity } from "./activity.js";
import { stabilizeExistence } from "./stabilize-existence.js";
import { State } from "./state.js";
import { type MutableVar, Var } from "./var.js";

type Set3 = readonly number[];
const sameSet = (a: Set3, b: Set3): boolean => a.length === b.length && a.every((x) => b.includes(x));
const boom = new NamerError("NAMER_UNAVAILABLE", "boom");

function setUp() {
  const cell: MutableVar<State<Set3 | undefined>> = Var.mutable<State<Set3 | undefined>>(State.pending);
  const outer = stabilizeExistence(Activity.of(cell), sameSet);
  const outers: State<Var<Set3> | undefined>[] = [];
  const handle = outer.run.observe((state) => outers.push(state));
  const inner = (): Var<Set3> => {
    const found = outers.find((s) => s.status === "ok" && s.value !== undefined);
    if (found?.status !== "ok" || found.value === undefined) throw new Error("never existed");
    return found.value;
  };
  return { cell, outer, outers, handle, inner };
}

describe("stabilizeExistence", () => {
  it("moves the outer only with existence, the inner with the value", () => {
    const { cell, outers, inner } = setUp();
    cell.update(State.ok([1]));
    const values: Set3[] = [];
    inner().observe((v) => values.push(v));
    cell.update(State.ok([1, 2]));
    cell.update(State.ok([1, 2, 3, 4, 5]));
    cell.update(State.ok([1]));
    expect(outers.map((s) => s.status)).toEqual(["pending", "ok"]);
    expect(values).toEqual([[1], [1, 2], [1, 2, 3, 4, 5], [1]]);
  });

  it("keeps one inner for life, through deletion and return", () => {
    const { cell, outers, inner } = setUp();
    cell.update(State.ok([1]));
    const first = inner();
    const values: Set3[] = [];
    first.observe((v) => values.push(v));
    cell.update(State.ok(undefined));
    cell.update(State.ok(undefined));
    cell.update(State.ok([2]));
    expect(outers).toHaveLength(4);
    expect(outers.map((s) => (s.status === "ok" ? s.value === first : s.status))).toEqual([
      "pending",
      true,
      false,
      true,
    ]);
    expect(values).toEqual([[1], [2]]);
  });

  it("drops equal values, in whatever order", () => {
    const { cell, inner } = setUp();
    cell.update(State.ok([1, 2]));
    const values: Set3[] = [];
    inner().observe((v) => values.push(v));
    cell.update(State.ok([2, 1]));
    cell.update(State.ok([1, 2]));
    expect(values).toEqual([[1, 2]]);
  });

  it("passes Failed on, once for equal ones, and does not show a Pending after an answer", () => {
    const { cell, outers } = setUp();
    cell.update(State.ok([1]));
    cell.update(State.pending);
    cell.update(State.failed(boom));
    cell.update(State.failed(new NamerError(boom.code, boom.message)));
    cell.update(State.ok([1]));
    expect(outers.map((s) => s.status)).toEqual(["pending", "ok", "failed", "ok"]);
  });

  it("shows current existence and the latest value to whoever comes back, also while the inner kept the source alive", () => {
    const { cell, outer, handle, inner } = setUp();
    cell.update(State.ok([1]));
    const values: Set3[] = [];
    const innerHandle = inner().observe((v) => values.push(v));
    handle.close();
    cell.update(State.ok([2]));
    const again: State<Var<Set3> | undefined>[] = [];
    outer.run.observe((s) => again.push(s)).close();
    expect(again).toEqual([State.ok(inner())]);
    innerHandle.close();
    cell.update(State.ok([3]));
    expect(inner().sample()).toEqual([3]);
    expect(values).toEqual([[1], [2]]);
  });

  it("has its inner fed even when nobody observes the outer any more", () => {
    const { cell, handle, inner } = setUp();
    cell.update(State.ok([1]));
    handle.close();
    const values: Set3[] = [];
    inner().observe((v) => values.push(v));
    cell.update(State.ok([9]));
    expect(values).toEqual([[1], [9]]);
  });

  it("forgets, with its last observer, an answer that the source does not give any more", () => {
    const { cell, outer, handle } = setUp();
    cell.update(State.ok([1]));
    handle.close();
    cell.update(State.pending);
    const again: string[] = [];
    outer.run.observe((s) => again.push(s.status)).close();
    expect(again).toEqual(["pending"]);
  });

  it("obeys its laws under any sequence of states and observers", () => {
    const state: fc.Arbitrary<State<Set3 | undefined>> = fc.oneof(
      fc.constant(State.pending),
      fc.constant(State.failed(boom)),
      fc.constant(State.ok(undefined)),
      fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }).map((set) => State.ok(set)),
    );
    fc.assert(
      fc.property(fc.array(state, { maxLength: 30 }), (states) => {
        const { cell, outers } = setUp();
        const existence: string[] = ["pending"];
        const values: Set3[] = [];
        const seen: Set3[] = [];
        let inner: Var<Set3> | undefined;
        for (const next of states) {
          cell.update(next);
          // The model: existence as a plain word, values as a plain list.
          const last = existence.at(-1);
          if (next.status === "ok") {
            const word = next.value === undefined ? "absent" : "present";
            if (word !== last) existence.push(word);
            if (next.value !== undefined && !(values.length > 0 && sameSet(values.at(-1) as Set3, next.value)))
              values.push(next.value);
          } else if (next.status === "failed" ? last !== "failed" : last === "failed") {
            existence.push(next.status);
          }
          const shown = outers.at(-1);
          if (inner === undefined && shown?.status === "ok" && shown.value !== undefined) {
            inner = shown.value;
            inner.observe((v) => seen.push(v));
          }
        }
        const words = outers.map((s) =>
          s.status === "ok" ? (s.value === undefined ? "absent" : "present") : s.status,
        );
        expect(words).toEqual(existence);
        expect(seen).toEqual(values);
        for (const s of outers) if (s.status === "ok" && s.value !== undefined) expect(s.value).toBe(inner);
      }),
      { numRuns: 500 },
    );
  });
});
