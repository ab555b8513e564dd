import { expect, it } from "vitest";
import { linger } from "./linger.js";
import { ManualClock } from "./manual-clock.js";

function setUp(ms: number, shutdown?: AbortSignal) {
  const clock = new ManualClock();
  let ends = 0;
  const handle = linger(clock, ms, shutdown, () => ends++);
  return { clock, handle, ends: () => ends };
}

it("ends after its time", async () => {
  const { clock, ends } = setUp(100);
  await clock.advance(99);
  expect(ends()).toBe(0);
  await clock.advance(1);
  expect(ends()).toBe(1);
});

it("ends at once, and only once, when everything shuts down", async () => {
  const shutdown = new AbortController();
  const { clock, ends } = setUp(100, shutdown.signal);
  shutdown.abort();
  expect(ends()).toBe(1);
  expect(clock.pending).toBe(0);
  await clock.advance(200);
  expect(ends()).toBe(1);
});

it("does not begin where there is nothing to wait for", () => {
  expect(setUp(0).ends()).toBe(1);
  expect(setUp(100, AbortSignal.abort()).ends()).toBe(1);
});

it("leaves nothing behind when it is closed", async () => {
  const shutdown = new AbortController();
  const { clock, handle, ends } = setUp(100, shutdown.signal);
  handle?.close();
  expect(clock.pending).toBe(0);
  shutdown.abort();
  expect(ends()).toBe(0);
});

it("puts one listener on the signal, however many wait for it", () => {
  const shutdown = new AbortController();
  let listeners = 0;
  const { addEventListener } = shutdown.signal;
  shutdown.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(shutdown.signal, args);
  };
  const all = Array.from({ length: 100 }, () => setUp(100, shutdown.signal));
  all[0]?.handle?.close();
  shutdown.abort();
  expect(listeners).toBe(1);
  expect(all.map(({ ends }) => ends())).toEqual([0, ...Array(99).fill(1)]);
});
