import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Closable } from "./closable.js";
import { type MutableVar, Var } from "./var.js";

/** A derived Var as data, so that a plain evaluator can say what it should show. */
type Expression =
  | { readonly kind: "cell"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "map"; readonly of: Expression; readonly add: number }
  | { readonly kind: "choose"; readonly by: Expression; readonly even: Expression; readonly odd: Expression }
  | { readonly kind: "sum"; readonly of: readonly Expression[] }
  | { readonly kind: "shared"; readonly of: Expression };

const CELLS = 4;

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("cell" as const), index: fc.nat(CELLS - 1) }),
    fc.record({ kind: fc.constant("constant" as const), value: fc.nat(9) }),
    fc.record({ kind: fc.constant("map" as const), of: tie("expression"), add: fc.nat(9) }),
    fc.record({
      kind: fc.constant("choose" as const),
      by: tie("expression"),
      even: tie("expression"),
      odd: tie("expression"),
    }),
    fc.record({ kind: fc.constant("sum" as const), of: fc.array(tie("expression"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("shared" as const), of: tie("expression") }),
  ),
}));

type Command =
  | { readonly do: "update"; readonly cell: number; readonly value: number }
  | { readonly do: "observe"; readonly expression: number }
  /** Observes, and the first time it is called after that updates a cell from within the callback. */
  | { readonly do: "meddle"; readonly expression: number; readonly cell: number; readonly value: number }
  /** Observes, and closes another observer from within the first later callback. */
  | { readonly do: "betray"; readonly expression: number; readonly other: number }
  | { readonly do: "close"; readonly observer: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("update" as const), cell: fc.nat(CELLS - 1), value: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("observe" as const), expression: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("meddle" as const),
      expression: fc.nat(4),
      cell: fc.nat(CELLS - 1),
      value: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("betray" as const), expression: fc.nat(4), other: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("close" as const), observer: fc.nat(6) }) },
);

class World {
  readonly cells: MutableVar<number>[] = Array.from({ length: CELLS }, () => Var.mutable(0));
  readonly plain: number[] = Array.from({ length: CELLS }, () => 0);
  /** Bodies of the shared parts running now. */
  running = 0;

  build(e: Expression): Var<number> {
    switch (e.kind) {
      case "cell":
        return this.cells[e.index] as Var<number>;
      case "constant":
        return Var.value(e.value);
      case "map":
        return this.build(e.of).map((x) => x + e.add);
      case "choose": {
        const even = this.build(e.even);
        const odd = this.build(e.odd);
        return this.build(e.by).flatMap((x) => (x % 2 === 0 ? even : odd));
      }
      case "sum":
        return Var.collect(e.of.map((one) => this.build(one))).map((all) => all.reduce((a, b) => a + b, 0));
      case "shared": {
        // A ref-counted start and stop around a Var that is followed synchronously.
        const inner = this.build(e.of);
        const lease = Var.async(0, (_set, signal) => {
          this.running++;
          signal.addEventListener("abort", () => this.running--);
        });
        return Var.join(inner, lease).map(([value]) => value);
      }
    }
  }

  evaluate(e: Expression): number {
    switch (e.kind) {
      case "cell":
        return this.plain[e.index] as number;
      case "constant":
        return e.value;
      case "map":
        return this.evaluate(e.of) + e.add;
      case "choose":
        return this.evaluate(this.evaluate(e.by) % 2 === 0 ? e.even : e.odd);
      case "sum":
        return e.of.reduce((total, one) => total + this.evaluate(one), 0);
      case "shared":
        return this.evaluate(e.of);
    }
  }

  update(cell: number, value: number): void {
    this.plain[cell] = value;
    this.cells[cell]?.update(value);
  }
}

interface Watched {
  readonly expression: Expression;
  handle: Closable | undefined;
  closed: boolean;
  last: number | undefined;
}

describe("Vars under random updates, observers and closes, from inside callbacks too", () => {
  it("show exactly what a plain evaluation of the current cells shows, at every callback and at rest", () => {
    fc.assert(
      fc.property(
        fc.array(expression, { minLength: 5, maxLength: 5 }),
        fc.array(command, { maxLength: 40 }),
        (expressions, commands) => {
          const world = new World();
          const vars = expressions.map((e) => world.build(e));
          const watched: Watched[] = [];
          const observe = (index: number, then?: () => void): void => {
            const e = expressions[index] as Expression;
            const one: Watched = { expression: e, handle: undefined, closed: false, last: undefined };
            let act = then;
            one.handle = (vars[index] as Var<number>).observe((value) => {
              expect(one.closed, "called after close").toBe(false);
              expect(value, "a glitch").toBe(world.evaluate(e));
              const first = one.last === undefined;
              one.last = value;
              if (!first && act !== undefined) {
                const now = act;
                act = undefined;
                now();
              }
            });
            watched.push(one);
          };
          const close = (index: number): void => {
            const one = watched[index];
            if (one === undefined) return;
            one.closed = true;
            one.handle?.close();
          };
          for (const c of commands) {
            if (c.do === "update") world.update(c.cell, c.value);
            else if (c.do === "observe") observe(c.expression);
            else if (c.do === "meddle") observe(c.expression, () => world.update(c.cell, c.value));
            else if (c.do === "betray") observe(c.expression, () => close(c.other));
            else close(c.observer);
            for (const one of watched) {
              if (!one.closed) expect(one.last, "missed a change").toBe(world.evaluate(one.expression));
            }
          }
          for (const index of watched.keys()) close(index);
          expect(world.running, "a body still running").toBe(0);
        },
      ),
      { numRuns: 600 },
    );
  });

  it("are told once per update that moves them, and not at all by one that does not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(CELLS - 1), { maxLength: 20 }),
        fc.uniqueArray(fc.nat(CELLS - 1)),
        (updates, depends) => {
          const world = new World();
          let calls = 0;
          Var.collect(depends.map((i) => world.cells[i] as Var<number>)).observe(() => calls++);
          calls = 0;
          for (const cell of updates) world.update(cell, 1);
          expect(calls).toBe(updates.filter((cell) => depends.includes(cell)).length);
        },
      ),
    );
  });
});
