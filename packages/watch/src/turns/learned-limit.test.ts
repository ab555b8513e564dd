import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { LearnedLimit } from "./learned-limit.js";

/** So many connections stand, of 128 that are configured. */
function world(standing: number) {
  const clock = new ManualClock();
  const sockets = Array.from({ length: standing }, () => ({ destroyed: false }));
  const changes: number[] = [];
  const limit = new LearnedLimit(clock, {
    most: 128,
    open: () => sockets.filter((socket) => !socket.destroyed),
    changed: () => changes.push(limit.limit),
  });
  const turnAway = async (times: number) => {
    for (let i = 0; i < times; i++) limit.note();
    await clock.advance(250);
  };
  return { clock, sockets, changes, limit, turnAway };
}

describe("LearnedLimit", () => {
  it("is an eighth below what stands while others are turned away, and grows back by halves", async () => {
    const { clock, changes, limit, turnAway } = world(50);
    await turnAway(78);
    expect([limit.limit, limit.lowered, limit.turnedAway]).toEqual([43, true, 78]);
    await clock.advance(29_000);
    expect(changes).toEqual([43]);
    await clock.advance(300_000);
    expect(changes).toEqual([43, 65, 98, 128]);
    expect([limit.lowered, clock.pending]).toEqual([false, 0]);
  });

  it("takes twice as long before more are tried, each time that they were too many, and 10 minutes at most", async () => {
    const { clock, changes, limit, turnAway } = world(50);
    const lasted: number[] = [];
    for (let i = 0; i < 8; i++) {
      await turnAway(5);
      const since = clock.now();
      const before = changes.length;
      for (let s = 0; s < 700 && changes.length === before; s++) await clock.advance(1_000);
      lasted.push(Math.round((clock.now() - since) / 1_000));
      expect(limit.limit).toBe(65);
    }
    expect(lasted).toEqual([30, 60, 120, 240, 480, 600, 600, 600]);
  });

  it("forgets how long it took when all was well for as long", async () => {
    const { clock, changes, turnAway } = world(100);
    await turnAway(3);
    await clock.advance(30_000);
    await turnAway(3);
    await clock.advance(60_000);
    expect(changes).toEqual([87, 128, 87, 128]);
    await clock.advance(60_000);
    await turnAway(3);
    await clock.advance(30_000);
    expect(changes).toEqual([87, 128, 87, 128, 87, 128]);
  });

  it("learns nothing from a server that resets all that it has, or has hardly any", async () => {
    const crash = world(50);
    for (let i = 0; i < 50; i++) crash.limit.note();
    for (const socket of crash.sockets) socket.destroyed = true;
    await crash.clock.advance(250);
    const few = world(3);
    await few.turnAway(20);
    expect([crash.changes, few.changes]).toEqual([[], []]);
    expect([crash.clock.pending, few.clock.pending]).toEqual([0, 0]);
  });

  it("nor from one connection now and then", async () => {
    const { clock, changes, turnAway } = world(50);
    for (let i = 0; i < 20; i++) {
      await turnAway(1);
      await clock.advance(5_000);
    }
    expect(changes).toEqual([]);
  });

  it("nor where as many stand as were configured", async () => {
    const { changes, turnAway } = world(128);
    await turnAway(20);
    expect(changes).toEqual([]);
  });

  it("nor from what had been sent before it was lowered; but from what comes later, down to what can hardly be called a limit", async () => {
    const { clock, sockets, changes, limit, turnAway } = world(50);
    await turnAway(10);
    await turnAway(40);
    expect([changes, limit.turnedAway]).toEqual([[43], 50]);
    for (let i = 0; i < 20; i++) {
      await clock.advance(2_000);
      sockets.length = Math.min(sockets.length, limit.limit);
      await turnAway(3);
    }
    expect(changes).toEqual([43, 37, 32, 28, 24, 21, 18, 15, 13, 11, 9, 7, 6, 5, 4, 3]);
  });

  it("has nothing left when it is closed", async () => {
    const { clock, changes, limit, turnAway } = world(50);
    await turnAway(5);
    limit.note();
    limit.close();
    limit.note();
    expect(clock.pending).toBe(0);
    await clock.advance(1_000_000);
    expect(changes).toEqual([43]);
  });
});
