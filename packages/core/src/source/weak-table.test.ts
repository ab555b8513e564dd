import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Path } from "../names/path.js";
import { testEnv } from "./test-env.js";
import { watchEach } from "./watch-each.js";
import { WeakTable } from "./weak-table.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Collects until `done`. Finalisers run in turns of their own, and what has been looked at stays until the end of the turn. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !done(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("WeakTable", () => {
  it("gives the same thing while somebody holds it, and forgets what nobody does", async () => {
    const table = new WeakTable<{ name: string }>();
    const held = table.getOrMake("held", () => ({ name: "held" }));
    for (let i = 0; i < 1_000; i++) table.getOrMake(`dropped-${i}`, () => ({ name: "dropped" }));
    await collectUntil(() => table.size === 1);
    expect(table.size).toBe(1);
    expect(table.getOrMake("held", () => ({ name: "another" }))).toBe(held);
  });
});

describe("watchEach and the collector", () => {
  it("keeps the inner Var of a key for as long as a client holds it, though all else is dropped", async () => {
    const env = testEnv();
    let opened = 0;
    const namer = watchEach(env, {
      segments: ["name"],
      async *watch(_key, { signal }) {
        opened++;
        yield [{ ip: "192.0.2.1", port: 80, weight: 1, meta: {} }];
        await env.clock.sleep(1e9, signal);
      },
    });
    const addrOf = async () => {
      const found: { addr?: object } = {};
      const handle = namer.lookup(Path.parse("/web")).run.observe((state) => {
        if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
        found.addr = state.value.value.addr;
      });
      await env.clock.advance(0);
      handle.close();
      await env.clock.advance(60_000);
      return found.addr;
    };
    const first = await addrOf();
    const dropped = new WeakRef(namer.lookup(Path.parse("/other")));
    await collectUntil(() => dropped.deref() === undefined);
    expect(dropped.deref()).toBeUndefined();
    expect(first).toBeDefined();
    expect(await addrOf()).toBe(first);
    expect([opened, env.clock.pending]).toEqual([2, 0]);
  });
});
