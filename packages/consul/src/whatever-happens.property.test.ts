import { type Addr, NamerError, Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entry } from "../test-support/entries.js";
import { type ScriptedAnswer, ScriptedTransport } from "../test-support/scripted-transport.js";
import { checkOptions } from "./config/namer-config.js";
import { createConsulNamer } from "./consul-namer.js";

/** What can happen to Consul, between two moments. */
type Event =
  | { readonly what: "put"; readonly numbers: readonly number[] }
  | { readonly what: "touch" }
  /** It starts anew, with a small index, and silent for those who wait on a larger one. */
  | { readonly what: "lose" }
  | { readonly what: "fail"; readonly how: "refused" | "unavailable" | "no dc" | "garbage" | "leaderless" | "silent" }
  | { readonly what: "index"; readonly how: "missing" | "zero" | "same" }
  | { readonly what: "another agent" }
  | { readonly what: "heal" };

const WAIT_MS = 5_000;

class World {
  index = 100;
  numbers: readonly number[] = [1];
  fault: Extract<Event, { what: "fail" }>["how"] | undefined;
  oddIndex: Extract<Event, { what: "index" }>["how"] | undefined;
  epoch = 1;
  /** Every set that has been true. */
  readonly true = new Set<string>(["1"]);
  #wake: (() => void)[] = [];
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(sleep: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.#sleep = sleep;
  }

  happen(event: Event): void {
    if (event.what === "put") this.numbers = [...new Set(event.numbers)].sort();
    else if (event.what === "fail") this.fault = event.how;
    else if (event.what === "index") this.oddIndex = event.how;
    else if (event.what === "another agent") this.epoch++;
    else if (event.what === "heal") {
      this.fault = undefined;
      this.oddIndex = undefined;
    } else if (event.what === "lose") {
      this.index = 5;
      this.numbers = [];
    }
    if (event.what === "put" || event.what === "touch") this.index++;
    this.true.add(this.numbers.join());
    if (event.what !== "lose") for (const wake of this.#wake.splice(0)) wake();
  }

  async answer(question: string, signal: AbortSignal): Promise<ScriptedAnswer | Error> {
    const known = Number(/index=(\d+)/.exec(question)?.[1] ?? 0);
    const answered = new AbortController();
    const over = this.#sleep(WAIT_MS, AbortSignal.any([signal, answered.signal])).then(
      () => true,
      () => true,
    );
    const answer = await this.#after(known, over);
    answered.abort();
    return answer;
  }

  async #after(known: number, over: Promise<boolean>): Promise<ScriptedAnswer | Error> {
    while (this.fault === undefined && known >= this.index && this.oddIndex !== "same") {
      const woken = new Promise<false>((resolve) => this.#wake.push(() => resolve(false)));
      if (await Promise.race([over, woken])) break;
    }
    if (this.fault === "silent") {
      await over;
      return new NamerError("NAMER_UNAVAILABLE", "late");
    }
    if (this.fault === "refused") return new NamerError("NAMER_REFUSED", "status 403");
    if (this.fault === "unavailable") return new NamerError("NAMER_UNAVAILABLE", "status 500: No cluster leader");
    if (this.fault === "no dc") return new NamerError("NAMER_UNAVAILABLE", "status 500: No path to datacenter");
    if (this.fault === "garbage") return { body: [null, { x: 1 }], index: "9999" };
    const odd = { missing: undefined, zero: "0", same: String(known || 7) };
    const index = this.oddIndex === undefined ? String(this.index) : odd[this.oddIndex];
    if (this.fault === "leaderless") return { body: [], index, headers: { "x-consul-knownleader": "false" } };
    const body = this.numbers.map((n) => entry("web", `10.0.0.${n}`, 80));
    return { body, index, epoch: this.epoch };
  }
}

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("put" as const), numbers: fc.array(fc.integer({ min: 1, max: 6 })) }),
  },
  fc.record({ what: fc.constantFrom("touch" as const, "lose" as const, "another agent" as const, "heal" as const) }),
  fc.record({
    what: fc.constant("fail" as const),
    how: fc.constantFrom("refused", "unavailable", "no dc", "garbage", "leaderless", "silent"),
  }),
  fc.record({ what: fc.constant("index" as const), how: fc.constantFrom("missing", "zero", "same") }),
);

const numbersIn = (addr: Addr): string =>
  addr.type === "bound"
    ? addr.addresses
        .map((one) => one.ip.split(".").at(-1))
        .sort()
        .join()
    : "";

describe("whatever happens to Consul, in whatever order", () => {
  it("only what was true is told, requests are bounded, and in the end what is true now", async () => {
    const story = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 20_000 })), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(story, async (events) => {
        const env = testEnv({ prefix: Path.parse("/#/c") });
        const world = new World((ms, signal) => env.clock.sleep(ms, signal));
        const transport = new ScriptedTransport(({ question, signal }) => world.answer(question, signal));
        transport.wait = WAIT_MS;
        const options = checkOptions({ waitMs: WAIT_MS, token: "x", lingerMs: 0 });
        const namer = createConsulNamer(options, env, transport);
        const told: string[] = [];
        let tree = "pending";
        let leaf: { close(): void } | undefined;
        const handle = namer.lookup(Path.parse("/dc1/web")).run.observe((state) => {
          leaf?.close();
          leaf = undefined;
          tree = state.status === "ok" ? state.value.type : state.status;
          if (tree === "neg") told.push("");
          if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
          leaf = state.value.value.addr.observe((addr) => told.push(numbersIn(addr)));
        });
        await env.clock.advance(1_000);
        expect(told).toEqual(["1"]);
        for (const [one, ms] of events) {
          world.happen(one);
          await env.clock.advance(ms);
        }
        const seconds = env.clock.now() / 1_000;
        expect(transport.asked.length).toBeLessThan(20 + 2.5 * seconds);
        world.happen({ what: "heal" });
        // The longest pause, a wait on an index that was lost, and what a silent agent took.
        await env.clock.advance(40_000);
        const now = world.numbers.join();
        expect(tree).toBe(now === "" ? "neg" : "leaf");
        if (now !== "") expect(told.at(-1)).toBe(now);
        for (const set of told) expect(world.true).toContain(set);
        leaf?.close();
        handle.close();
        await env.clock.advance(WAIT_MS);
        expect(transport.holders).toBe(0);
        const asked = transport.asked.length;
        await env.clock.advance(60_000);
        expect(transport.asked.length).toBe(asked);
        expect(env.clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
