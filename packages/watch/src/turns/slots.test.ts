import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairSlots } from "./slots.js";

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("FairSlots", () => {
  it("serves in order of coming", async () => {
    const slots = new FairSlots(2);
    const order: number[] = [];
    const releases: (() => void)[] = [];
    for (const i of [0, 1, 2, 3]) {
      void slots.take(never).then((release) => {
        order.push(i);
        releases.push(release);
      });
    }
    await settle();
    expect([order, slots.taken, slots.waiting]).toEqual([[0, 1], 2, 2]);
    releases[1]?.();
    releases[1]?.();
    await settle();
    expect([order, slots.taken, slots.waiting]).toEqual([[0, 1, 2], 2, 1]);
    slots.capacity = 3;
    await settle();
    expect([order, slots.taken, slots.waiting]).toEqual([[0, 1, 2, 3], 3, 0]);
    slots.capacity = 1;
    releases[0]?.();
    await settle();
    expect(slots.taken).toBe(2);
  });

  it("lets go at once of whoever is aborted, with the reason, and of all when closed", async () => {
    const slots = new FairSlots(1);
    const release = await slots.take(never);
    const controller = new AbortController();
    const aborted = slots.take(controller.signal);
    const waiting = slots.take(never);
    controller.abort(new Error("enough"));
    expect(slots.waiting).toBe(1);
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED", message: "enough" });
    await expect(slots.take(controller.signal)).rejects.toMatchObject({ code: "ABORTED" });
    slots.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(slots.take(never)).rejects.toMatchObject({ code: "CLOSED" });
    release();
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
  });

  it("never gives out more than there are, nor holds back one that is free, whatever happens", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("take" as const) }),
      fc.record({ do: fc.constantFrom("release" as const, "abort" as const), which: fc.nat(30) }),
      fc.record({ do: fc.constant("resize" as const), to: fc.integer({ min: 1, max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const slots = new FairSlots(2);
        let model = { capacity: 2, taken: [] as number[], queue: [] as number[] };
        const given = new Map<number, () => void>();
        const controllers: AbortController[] = [];
        for (const [i, one] of steps.entries()) {
          controllers[i] = new AbortController();
          if (one.do === "take") {
            slots.take(controllers[i].signal).then(
              (release) => given.set(i, release),
              () => {},
            );
            model.queue.push(i);
          } else if (one.do === "resize") {
            slots.capacity = one.to;
            model = { ...model, capacity: one.to };
          } else if (one.do === "release") {
            const which = model.taken[one.which % Math.max(1, model.taken.length)];
            if (which === undefined) continue;
            given.get(which)?.();
            model.taken = model.taken.filter((each) => each !== which);
          } else {
            const which = model.queue[one.which % Math.max(1, model.queue.length)];
            if (which === undefined) continue;
            controllers[which]?.abort();
            model.queue = model.queue.filter((each) => each !== which);
          }
          while (model.taken.length < model.capacity && model.queue.length > 0) {
            model.taken.push(model.queue.shift() as number);
          }
          await settle();
          expect([slots.taken, slots.waiting]).toEqual([model.taken.length, model.queue.length]);
          expect(model.taken.every((each) => given.has(each))).toBe(true);
          expect(model.queue.some((each) => given.has(each))).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});
