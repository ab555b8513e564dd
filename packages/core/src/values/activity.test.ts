import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Activity } from "./activity.js";
import { State } from "./state.js";
import { type MutableVar, Var } from "./var.js";

const boom = new NamerError("NAMER_UNAVAILABLE", "boom");
const bang = new NamerError("NAMER_REFUSED", "bang");

function settable<T>(): { activity: Activity<T>; cell: MutableVar<State<T>> } {
  const cell = Var.mutable<State<T>>(State.pending);
  return { activity: Activity.of<T>(cell), cell };
}

function watch<T>(activity: Activity<T>): State<T>[] {
  const seen: State<T>[] = [];
  activity.run.observe((state) => seen.push(state));
  return seen;
}

describe("map and flatMap", () => {
  it("apply to values only, and turn a throw into Failed", () => {
    const { activity, cell } = settable<number>();
    const seen = watch(
      activity.flatMap((n) => {
        if (n === 2) throw new Error("two");
        return Activity.value(n * 10);
      }),
    );
    cell.update(State.ok(1));
    cell.update(State.failed(boom));
    cell.update(State.ok(2));
    expect(seen.map((s) => s.status)).toEqual(["pending", "ok", "failed", "failed"]);
    expect(seen[2]).toEqual(State.failed(boom));
    expect(seen[3]).toMatchObject({ error: { code: "BIND_THREW", message: "two" } });
    expect(
      watch(
        Activity.value(1).map(() => {
          throw bang;
        }),
      ),
    ).toEqual([State.failed(bang)]);
  });
});

describe("recover and transform", () => {
  it("replace failures that they know, and leave the rest", () => {
    const { activity, cell } = settable<string>();
    const seen = watch(activity.recover((e) => (e.code === "NAMER_REFUSED" ? Activity.value("instead") : undefined)));
    cell.update(State.failed(bang));
    cell.update(State.failed(boom));
    cell.update(State.ok("own"));
    expect(seen).toEqual([State.pending, State.ok("instead"), State.failed(boom), State.ok("own")]);
  });

  it("see every state", () => {
    const { activity, cell } = settable<number>();
    const seen = watch(activity.transform((s) => Activity.value(s.status)));
    cell.update(State.ok(1));
    cell.update(State.failed(boom));
    expect(seen).toEqual([State.ok("pending"), State.ok("ok"), State.ok("failed")]);
  });
});

describe("collect", () => {
  it("is Ok when all are, and else what the first in the list is that is not", () => {
    const failed = Activity.failed(boom);
    expect(watch(Activity.collect([]))).toEqual([State.ok([])]);
    expect(watch(Activity.collect([Activity.value(1), Activity.value(2)]))).toEqual([State.ok([1, 2])]);
    expect(watch(Activity.collect<number>([failed, Activity.pending]))).toEqual([State.failed(boom)]);
    expect(watch(Activity.collect<number>([Activity.pending, failed]))).toEqual([State.pending]);
  });
});

describe("stabilize", () => {
  it("shows the last value in place of what is not one, to later observers too", () => {
    const { activity, cell } = settable<number>();
    const stable = activity.stabilize();
    const seen = watch(stable);
    cell.update(State.failed(boom));
    cell.update(State.ok(1));
    cell.update(State.failed(boom));
    expect(seen).toEqual([State.pending, State.failed(boom), State.ok(1), State.ok(1)]);
    expect(watch(stable)).toEqual([State.ok(1)]);
  });
});

describe("dedup", () => {
  it("drops equal states and keeps the first of equal values", () => {
    const { activity, cell } = settable<{ n: number }>();
    const seen = watch(activity.dedup((a, b) => a.n === b.n));
    const first = { n: 1 };
    cell.update(State.pending);
    cell.update(State.ok(first));
    cell.update(State.ok({ n: 1 }));
    cell.update(State.failed(boom));
    cell.update(State.failed(new NamerError(boom.code, boom.message)));
    expect(seen).toEqual([State.pending, State.ok({ n: 1 }), State.failed(boom)]);
    expect((seen[1] as { value: unknown }).value).toBe(first);
  });
});

describe("toPromise", () => {
  it("settles with the first answer and lets go", async () => {
    let stopped = 0;
    const make = (state: State<number>) =>
      Activity.async<number>((set, signal) => {
        signal.addEventListener("abort", () => stopped++);
        set(state);
      });
    await expect(make(State.ok(5)).toPromise()).resolves.toBe(5);
    await expect(make(State.failed(boom)).toPromise()).rejects.toBe(boom);
    expect(stopped).toBe(2);
  });

  it("waits through pending", async () => {
    const { activity, cell } = settable<number>();
    const promise = activity.toPromise();
    cell.update(State.ok(1));
    cell.update(State.ok(2));
    await expect(promise).resolves.toBe(1);
  });

  it("rejects with ABORTED and lets go when the signal aborts", async () => {
    const abort = new AbortController();
    let stopped = false;
    const never = Activity.async<number>((_set, signal) => {
      signal.addEventListener("abort", () => {
        stopped = true;
      });
    });
    const promise = never.toPromise({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(promise).rejects.toMatchObject({ code: "ABORTED" });
    expect(stopped).toBe(true);
  });
});

it("has no then and no iterator that await or for-await could take for its values", () => {
  const activity = Activity.value(1);
  expect("then" in activity).toBe(false);
  expect(Symbol.asyncIterator in activity).toBe(false);
});
