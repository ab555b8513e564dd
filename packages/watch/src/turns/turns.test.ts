import { setMaxListeners } from "node:events";
import { ManualClock } from "@namerkit/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Turns, type TurnsOptions } from "./turns.js";

const WAIT_MS = 60_000;

/** Names that want to be parked for ever, at a server that adds its jitter, and takes its time for the answer. */
function world(options: Partial<TurnsOptions>, answerMs = 0, jitter = () => 1) {
  const clock = new ManualClock();
  const turns = new Turns(clock, { slots: 120, waitMs: WAIT_MS, ...options });
  const gaps: number[] = [];
  const all = new AbortController();
  setMaxListeners(0, all.signal);
  const served = new Map<number, number>();
  let most = 0;

  async function live(name: number, signal: AbortSignal): Promise<void> {
    turns.expect(signal);
    while (!signal.aborted) {
      let since = clock.now();
      await turns
        .take(signal, async (turn) => {
          gaps.push(clock.now() - since);
          served.set(name, (served.get(name) ?? 0) + 1);
          most = Math.max(most, turns.parked);
          try {
            await clock.sleep(turn.waitMs * (1 + jitter() / 16) + answerMs, turn.signal as AbortSignal);
          } finally {
            since = clock.now();
          }
        })
        .catch(() => {});
    }
  }
  const start = (from: number, to: number, signal = all.signal) => {
    for (let name = from; name < to; name++) void live(name, signal);
  };
  return { clock, turns, gaps, served, start, stop: () => all.abort(), most: () => most };
}

describe("Turns", () => {
  it.each([
    [1, WAIT_MS],
    [120, WAIT_MS],
    // One round: 10 s, jitter included.
    [121, 9_411],
    [240, 9_411],
    [241, 4_705],
    [300, 4_705],
    [1_000, 1_176],
    [2_000, 1_000],
    [10_000, 1_000],
  ])("%i names over 120 slots wait for %i ms", (names, ms) => {
    const turns = new Turns(new ManualClock(), { slots: 120, waitMs: WAIT_MS });
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    for (let i = 0; i < names; i++) turns.expect(signal);
    expect(turns.waitMs()).toBe(ms);
  });

  it("are not made longer than was configured, however short that is", () => {
    const turns = new Turns(new ManualClock(), { slots: 1, waitMs: 300 });
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) turns.expect(signal);
    expect(turns.waitMs()).toBe(300);
  });

  it("2,000 names over 120 slots: each of them within 17 s, and the time of 16 answers", async () => {
    const { clock, gaps, served, start, stop, most } = world({}, 5);
    start(0, 2_000);
    await clock.advance(40_000);
    stop();
    await clock.advance(0);
    expect(served.size).toBe(2_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(17_000 + 16 * 5);
    expect(most()).toBe(120);
    expect(clock.pending).toBe(0);
  }, 30_000);

  it("call off those that began when there was room, so that newcomers need not wait for them", async () => {
    const { clock, turns, gaps, served, start, stop } = world({ slots: 20 });
    start(0, 20);
    await clock.advance(5_000);
    expect([turns.parked, turns.calledOff]).toEqual([20, 0]);
    start(20, 320);
    await clock.advance(0);
    // A tenth of the slots at once.
    expect(turns.calledOff).toBe(2);
    await clock.advance(1_000);
    expect(turns.calledOff).toBe(20);
    await clock.advance(40_000);
    expect([served.size, turns.calledOff]).toEqual([320, 20]);
    // 15 rounds, and a second for calling off.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15 * 1_000 * (17 / 16) + 1_000);
    stop();
    await clock.advance(0);
    expect([turns.parked, turns.waiting, clock.pending]).toEqual([0, 0, 0]);
  });

  it("begin anew when all are called off", async () => {
    const { clock, turns, served, start, stop } = world({ slots: 5 });
    start(0, 3);
    await clock.advance(1_000);
    turns.callOffAll();
    await clock.advance(0);
    expect([[...served.values()], turns.parked]).toEqual([[2, 2, 2], 3]);
    stop();
    await clock.advance(0);
    expect([turns.parked, clock.pending]).toEqual([0, 0]);
  });

  it("shrink: the latest are called off, and the rest stay", async () => {
    const { clock, turns, served, start, stop } = world({ slots: 20 });
    start(0, 20);
    await clock.advance(1_000);
    turns.shrink(15);
    await clock.advance(0);
    expect([turns.slots, turns.parked, turns.waiting, turns.calledOff]).toEqual([15, 15, 5, 5]);
    await clock.advance(60_000);
    for (let name = 0; name < 20; name++) expect(served.get(name)).toBeGreaterThan(1);
    stop();
    await clock.advance(0);
    expect([turns.parked, turns.waiting, clock.pending]).toEqual([0, 0, 0]);
  });

  it("are given back when what is parked fails, and the failure is told", async () => {
    const turns = new Turns(new ManualClock(), { slots: 1, waitMs: WAIT_MS });
    const { signal } = new AbortController();
    await expect(turns.take(signal, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await turns.take(signal, (turn) => Promise.resolve(turn.waitMs))).toBe(WAIT_MS);
    expect(turns.parked).toBe(0);
    turns.close();
    await expect(turns.take(signal, () => Promise.resolve(1))).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("starve nobody, whoever comes and goes: the bound holds for any crowd", async () => {
    const crowd = fc.record({
      slots: fc.integer({ min: 1, max: 12 }),
      names: fc.integer({ min: 1, max: 80 }),
      answerMs: fc.integer({ min: 0, max: 50 }),
      jitters: fc.array(fc.double({ min: -15, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
      leavers: fc.array(
        fc.record({ at: fc.integer({ min: 0, max: 40_000 }), number: fc.integer({ min: 1, max: 10 }) }),
        {
          maxLength: 5,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(crowd, async ({ slots, names, answerMs, jitters, leavers }) => {
        let i = 0;
        // Below 0 the server answers sooner, since something has changed; never in no time, as the client is paced.
        const jitter = () => Math.max(-15, jitters[i++ % jitters.length] ?? 0);
        const { clock, turns, gaps, served, start, stop, most } = world({ slots }, answerMs, jitter);
        start(0, names);
        let name = names;
        for (const { at, number } of leavers) {
          // They only make it better that they leave; while they are there they are counted below.
          const stay = new AbortController();
          const first = name;
          name += number;
          clock.after(at, () => start(first, first + number, stay.signal));
          clock.after(at + 3_000, () => stay.abort());
        }
        const largest = names + leavers.reduce((sum, { number }) => sum + number, 0);
        const rounds = Math.max(0, Math.ceil((largest - slots) / slots));
        const turn = Math.max(1_000, 10_000 / (17 / 16) / Math.max(1, rounds));
        const bound = rounds * (turn * (17 / 16) + answerMs) + 1_000 * Math.sign(rounds);
        await clock.advance(60_000 + bound);
        expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(bound);
        for (let one = 0; one < names; one++) expect(served.get(one)).toBeGreaterThan(0);
        expect(most()).toBeLessThanOrEqual(slots);
        stop();
        await clock.advance(0);
        expect([turns.parked, turns.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
