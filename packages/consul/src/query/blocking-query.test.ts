import { NamerError } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { type ScriptedAnswer, ScriptedTransport } from "../../test-support/scripted-transport.js";
import { BlockingQuery } from "./blocking-query.js";
import type { Place } from "./place.js";

const forever = new Promise<never>(() => {});

function run(answers: (number: number) => ScriptedAnswer | Error | Promise<never>, from?: Place) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport((_, number) => answers(number));
  const controller = new AbortController();
  const counted: string[] = [];
  const context = { signal: controller.signal, request: () => {}, count: (name: string) => counted.push(name) };
  const query = { question: "/v1/health/service/web?dc=dc1", ...(from && { from }) };
  const asking = new BlockingQuery({ clock, random: () => 0.5, transport }, context, query);
  return { clock, transport, controller, counted, asking };
}

describe("a blocking query", () => {
  it("asks without an index first, and then waits on each index that it is given", async () => {
    const { asking, transport, counted } = run((number) => ({ index: String(number * 10) }));
    for (let i = 0; i < 3; i++) await asking.next();
    expect(transport.asked.map(({ question }) => question)).toEqual([
      "/v1/health/service/web?dc=dc1",
      "/v1/health/service/web?dc=dc1&index=10&wait=60000ms",
      "/v1/health/service/web?dc=dc1&index=20&wait=60000ms",
    ]);
    expect(counted).toEqual(["index_first", "index_moved", "index_moved"]);
  });

  it("asks a question without parameters, too", async () => {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(() => ({ index: "3" }));
    const context = { signal: new AbortController().signal, request: () => {}, count: () => {} };
    const asking = new BlockingQuery({ clock, random: () => 0.5, transport }, context, { question: "/v1/x" });
    await asking.next();
    await asking.next();
    expect(transport.asked[1]?.question).toBe("/v1/x?index=3&wait=60000ms");
  });

  it("gives a blocking query a deadline above its wait and Consul's jitter, and any other one a short one", async () => {
    const { asking, transport } = run(() => ({ index: "10", epoch: 4 }));
    await asking.next();
    await asking.next();
    expect(transport.asked[0]).toMatchObject({ deadlineMs: 10_000 });
    expect(transport.asked[0]?.blocking).toBeUndefined();
    expect(transport.asked[1]).toMatchObject({ deadlineMs: 60_000 + 3_750 + 10_000, blocking: true, epoch: 4 });
  });

  it("asks for as long a wait as the transport can give", async () => {
    const { asking, transport } = run(() => ({ index: "10" }));
    await asking.next();
    transport.wait = 1_234.5;
    await asking.next();
    expect(transport.asked[1]?.question).toContain("wait=1235ms");
  });

  it("starts over without an index when it went back", async () => {
    const { asking, transport, counted } = run((number) => ({ index: ["50", "10", "10"][number - 1] ?? "11" }));
    for (let i = 0; i < 4; i++) await asking.next();
    expect(transport.asked.map(({ question }) => /index=\d+/.exec(question)?.[0])).toEqual([
      undefined,
      "index=50",
      undefined,
      "index=10",
    ]);
    expect(counted[1]).toBe("index_went_back");
  });

  it.each([undefined, "0", "garbage"])("asks every five seconds where the index is %s", async (index) => {
    const { asking, transport, clock } = run(() => ({ index }));
    await asking.next();
    const next = asking.next();
    await clock.advance(5_000);
    expect(transport.asked).toHaveLength(1);
    await clock.advance(500);
    await next;
    expect(transport.asked.map(({ question }) => question.includes("index="))).toEqual([false, false]);
  });

  it("yields every answer, also with the same index: it may have come back by chance", async () => {
    const { asking } = run((number) => ({ index: "10", body: [number] }));
    expect((await asking.next()).json()).toEqual([1]);
    expect((await asking.next()).json()).toEqual([2]);
  });

  it("pauses ever longer for an agent that answers at once with nothing new", async () => {
    const { asking, transport, clock } = run(() => ({ index: "10" }));
    const times: number[] = [];
    let pulling = true;
    void (async () => {
      while (pulling) {
        await asking.next();
        times.push(clock.now());
      }
    })();
    await clock.advance(60_000);
    pulling = false;
    expect(times.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    const gaps = times.slice(6).map((at, i) => at - (times[i + 5] ?? 0));
    expect(gaps.every((gap, i) => gap >= (gaps[i - 1] ?? 0))).toBe(true);
    expect(Math.max(...gaps)).toBe(10_500);
    expect(transport.asked.length).toBeLessThan(20);
  });

  it("asks once without waiting after an answer that came early and is the same, as from Consul restored from a snapshot", async () => {
    const { asking, transport, counted } = run((number) => ({ index: ["70", "70", "20", "25"][number - 1] ?? "26" }));
    for (let i = 0; i < 5; i++) await asking.next();
    expect(transport.asked.map(({ question }) => /index=\d+/.exec(question)?.[0])).toEqual([
      undefined,
      "index=70",
      undefined,
      "index=20",
      "index=25",
    ]);
    expect(counted).toEqual(["index_first", "index_same", "index_went_back", "index_moved", "index_moved"]);
  });

  it("asks so once in a row, and not after one that took its time", async () => {
    const early = run(() => ({ index: "10" }));
    for (let i = 0; i < 5; i++) await early.asking.next();
    const waited = ({ question }: { question: string }) => question.includes("index=10");
    expect(early.transport.asked.map(waited)).toEqual([false, true, false, true, true]);
    const late = run((number) =>
      number === 1 ? { index: "10" } : (late.clock.sleep(60_000).then(() => ({ index: "10" })) as never),
    );
    void (async () => {
      for (;;) await late.asking.next();
    })();
    await late.clock.advance(200_000);
    expect(late.transport.asked.map(waited)).toEqual([false, true, true, true, true]);
  });

  it("does not pause for one that waits", async () => {
    const { asking, transport, clock } = run((number) =>
      number === 1 ? { index: "10" } : (clock.sleep(60_000).then(() => ({ index: "10" })) as never),
    );
    void (async () => {
      for (;;) await asking.next();
    })();
    await clock.advance(600_000);
    // The first, which is answered at once, and one for each minute.
    expect(transport.asked.length).toBe(12);
  });

  it("takes each failure as its end", async () => {
    const error = new NamerError("NAMER_UNAVAILABLE", "status 500");
    const { asking, transport } = run((number) => (number === 1 ? { index: "10" } : error));
    await asking.next();
    await expect(asking.next()).rejects.toBe(error);
    expect(transport.asked).toHaveLength(2);
  });

  it("can begin at a place", async () => {
    const { asking, transport } = run(() => ({ index: "12", epoch: 3 }), { index: 11n, epoch: 3 });
    await asking.next();
    expect(transport.asked[0]).toMatchObject({ blocking: true, epoch: 3 });
    expect(transport.asked[0]?.question).toContain("index=11");
  });

  it("ends with its signal, while it waits and while it pauses", async () => {
    const waiting = run((number) => (number === 1 ? { index: "1" } : forever));
    await waiting.asking.next();
    const held = waiting.asking.next();
    waiting.controller.abort(new Error("over"));
    await expect(held).rejects.toThrow("over");
    const pausing = run(() => ({ index: "0" }));
    await pausing.asking.next();
    const paused = pausing.asking.next();
    pausing.controller.abort(new Error("over"));
    await expect(paused).rejects.toThrow("over");
    expect(pausing.clock.pending).toBe(0);
  });
});
