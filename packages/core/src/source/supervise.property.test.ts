import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import type { Closable } from "../values/closable.js";
import type { State } from "../values/state.js";
import { scriptedWatch } from "./scripted-watch.js";
import { supervise } from "./supervise.js";
import { testEnv } from "./test-env.js";

const FIRST_ANSWER = 5_000;
const LINGER = 3_000;
const NEGATIVE = 1_000;
const RETRY = 7;
const GRACE = 1_300;

type Due = "first" | "stale" | "linger" | "retry" | "grace";

type Step =
  | { readonly do: "observe" | "end" | "alive" }
  | { readonly do: "close"; readonly which: number }
  | { readonly do: "yield"; readonly value: string | undefined }
  | { readonly do: "throw"; readonly refused: boolean }
  | { readonly do: "advance"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ do: "observe" }, { do: "end" }, { do: "alive" }),
  fc.nat(5).map((which): Step => ({ do: "close", which })),
  fc.constantFrom("a", "b", undefined).map((value): Step => ({ do: "yield", value })),
  fc.boolean().map((refused): Step => ({ do: "throw", refused })),
  fc.constantFrom(0, 1, RETRY, 500, NEGATIVE, LINGER, 4_000).map((ms): Step => ({ do: "advance", ms })),
);

/** What the supervisor should do, said as plainly as possible: one event of time after the other, nothing asynchronous. */
class Model {
  now = 0;
  calls = 0;
  shown = "pending";
  readonly observers = new Map<number, string[]>();
  readonly #maxStale: number | undefined;
  readonly #grace: number;
  #nextId = 0;
  #running = false;
  #answered = false;
  #overdue = false;
  #disowned = false;
  #good = "";
  #error: string | undefined;
  #contactAt = 0;
  #failing = false;
  #emptySince: number | undefined;
  #retryAt = 0;
  readonly #due = new Map<Due, number>();

  constructor(maxStale: number | undefined, grace: number) {
    this.#maxStale = maxStale;
    this.#grace = grace;
  }

  /** The generator has been called and has neither ended nor thrown. */
  get live(): boolean {
    return this.#running && !this.#due.has("retry");
  }

  observe(): number {
    const id = this.#nextId++;
    this.#due.delete("linger");
    if (!this.#running) this.#start();
    this.observers.set(id, [this.shown]);
    return id;
  }

  close(id: number): void {
    if (!this.observers.delete(id) || this.observers.size > 0) return;
    this.#linger();
  }

  yield(value: string | undefined): void {
    this.#contact();
    const disowned = this.#disowned;
    this.#disowned = false;
    if (value === undefined && this.#hold()) {
      if (disowned) this.#show(this.#good);
    } else this.#believe(value);
  }

  alive(): void {
    this.#contact();
    const disowned = this.#disowned;
    this.#disowned = false;
    if (this.#emptySince !== undefined && !this.#hold()) this.#believe(undefined);
    else if (disowned) this.#show(this.#good);
  }

  /** Whether emptiness has to wait. */
  #hold(): boolean {
    if (!this.#answered || this.#good === "neg" || this.#grace === 0) return false;
    if (this.#emptySince === undefined) {
      this.#emptySince = this.now;
      this.#due.set("grace", this.now + this.#grace);
    }
    return this.now < this.#emptySince + this.#grace;
  }

  #believe(value: string | undefined): void {
    this.#emptySince = undefined;
    this.#due.delete("grace");
    this.#due.delete("first");
    this.#answered = true;
    this.#good = value ?? "neg";
    const changed = this.#good !== this.shown;
    this.#show(this.#good);
    if (changed && value === undefined && this.observers.size === 0) this.#linger();
  }

  throw(error: string): void {
    this.#error = error;
    this.#retryAt = this.now + RETRY;
    this.#fail();
    this.#due.set("retry", this.#retryAt);
  }

  end(): void {
    this.calls++;
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#due].sort((a, b) => a[1] - b[1]);
      if (next === undefined || next[1] > end) break;
      this.now = next[1];
      this.#due.delete(next[0]);
      this.#fire(next[0]);
    }
    this.now = end;
  }

  #fire(what: Due): void {
    if (what === "retry") this.calls++;
    else if (what === "linger") this.#stop();
    else if (what === "grace") {
      if (!this.#failing) this.#believe(undefined);
    } else if (what === "stale") {
      this.#disowned = true;
      this.#show("NAMER_STALE");
    } else {
      this.#overdue = true;
      this.#show(this.#error ?? "NAMER_PENDING");
    }
  }

  #start(): void {
    this.#running = true;
    this.#answered = this.#overdue = this.#disowned = false;
    this.#emptySince = undefined;
    this.#due.set("first", this.now + FIRST_ANSWER);
    if (this.#retryAt > this.now) {
      this.#fail();
      this.#due.set("retry", this.#retryAt);
    } else {
      this.#error = undefined;
      this.calls++;
    }
  }

  #stop(): void {
    this.#running = false;
    this.#due.clear();
    this.#show("pending");
  }

  #linger(): void {
    const ms = this.shown === "neg" ? Math.min(LINGER, NEGATIVE) : LINGER;
    this.#due.set("linger", this.now + ms);
  }

  #contact(): void {
    this.#contactAt = this.now;
    this.#failing = false;
    this.#due.delete("stale");
  }

  #fail(): void {
    this.#failing = true;
    if (!this.#answered) {
      if (this.#error === "NAMER_REFUSED" || this.#overdue) this.#show(this.#error as string);
      return;
    }
    if (this.#maxStale === undefined || this.#disowned || this.#due.has("stale")) return;
    const at = this.#contactAt + this.#maxStale;
    if (at > this.now) this.#due.set("stale", at);
    else this.#fire("stale");
  }

  #show(next: string): void {
    if (next === this.shown) return;
    this.shown = next;
    for (const seen of this.observers.values()) seen.push(next);
  }
}

function shown(state: State<string | undefined>): string {
  if (state.status === "ok") return state.value ?? "neg";
  return state.status === "failed" ? state.error.code : "pending";
}

async function run(steps: readonly Step[], maxStaleMs: number | undefined, emptyGraceMs: number): Promise<void> {
  const env = testEnv({ random: () => 0 });
  const script = scriptedWatch<string>(env.clock);
  const options = {
    firstAnswerMs: FIRST_ANSWER,
    lingerMs: LINGER,
    negativeMs: NEGATIVE,
    maxStaleMs,
    emptyGraceMs,
    backoff: { baseMs: RETRY, factor: 1 },
    pace: { burst: 1e9, perSecond: 1e9 },
  };
  const source = supervise(env, options, script.watch);
  const model = new Model(maxStaleMs, emptyGraceMs);
  const handles = new Map<number, Closable>();
  const all = new Map<number, readonly [string[], string[]]>();
  const close = (id: number): void => {
    handles.get(id)?.close();
    model.close(id);
  };
  for (const one of steps) {
    if (one.do === "observe") {
      const seen: string[] = [];
      const handle = source.activity.run.observe((state) => seen.push(shown(state)));
      const id = model.observe();
      handles.set(id, handle);
      all.set(id, [seen, model.observers.get(id) as string[]]);
    } else if (one.do === "close") close(one.which);
    else if (one.do === "advance") {
      await env.clock.advance(one.ms);
      model.advance(one.ms);
    } else if (model.live) {
      act(one, script.last, model);
      await env.clock.advance(0);
    }
    // Not by `sample()`, which would be one more observer.
    expect(script.calls.length).toBe(model.calls);
    for (const [seen, expected] of all.values()) expect(seen).toEqual(expected);
    const open = script.calls.filter((call) => !call.context.signal.aborted);
    expect(open).toEqual(model.live ? [script.last] : []);
  }
  for (const id of handles.keys()) close(id);
  await env.clock.advance(60_000);
  for (const call of script.calls) {
    call.yield("late");
    call.context.alive();
    call.throw(new Error("late"));
  }
  await env.clock.advance(60_000);
  expect([env.clock.pending, env.log.lines.filter((line) => line.level === "error")]).toEqual([0, []]);
  for (const [seen, expected] of all.values()) expect(seen).toEqual(expected);
}

function act(one: Step, call: ReturnType<typeof scriptedWatch<string>>["last"], model: Model): void {
  if (one.do === "yield") {
    call.yield(one.value);
    model.yield(one.value);
  } else if (one.do === "throw") {
    const code = one.refused ? "NAMER_REFUSED" : "NAMER_UNAVAILABLE";
    call.throw(new NamerError(code, "no"));
    model.throw(code);
  } else if (one.do === "end") {
    call.end();
    model.end();
  } else {
    call.context.alive();
    model.alive();
  }
}

describe("supervise, whatever happens in whatever order", () => {
  it("does what the model does: same values to the same observers, same calls, same aborts, nothing after the end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(undefined, 2_000),
        fc.constantFrom(0, GRACE),
        (steps, maxStaleMs, emptyGraceMs) => run(steps, maxStaleMs, emptyGraceMs),
      ),
      { numRuns: 2500 },
    );
  }, 60_000);
});
