import { describe, expect, it } from "vitest";
import { down, refused, shown, supervised } from "../../test-support/supervised.js";
import { NamerError } from "../errors.js";

describe("supervise rule 11: status, metrics, log", () => {
  it("goes connecting, live, stale, live, closed", async () => {
    const { clock, observe, last, source } = supervised({ lingerMs: 0 });
    const states: (string | undefined)[] = [];
    source.status.observe((status) => {
      if (status?.state !== states.at(-1)) states.push(status?.state);
    });
    const { close } = observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    last().yield("one");
    await clock.advance(0);
    close();
    expect(states).toEqual(["connecting", "live", "stale", "live", "closed"]);
  });

  it("counts errors by code", async () => {
    const { clock, observe, last, metrics } = supervised();
    observe();
    last().throw(refused());
    await clock.advance(100);
    last().throw(new Error("strange"));
    await clock.advance(0);
    expect(metrics.snapshot()).toMatchObject({ errors: 2, "errors/NAMER_REFUSED": 1, "errors/NAMER_UNAVAILABLE": 1 });
  });

  it("never shows user and password of a URL", async () => {
    const { clock, observe, last, source, log } = supervised();
    observe();
    last().context.request("GET https://user:hunter2@catalogue/v1");
    last().throw(new NamerError("NAMER_UNAVAILABLE", "https://user:hunter2@catalogue/v1 is down"));
    await clock.advance(0);
    const text = JSON.stringify([source.status.sample(), log.lines]);
    expect(text).toContain("https://catalogue/v1");
    expect(text).not.toContain("hunter2");
  });

  it("warns once per outage, and says when it is over", async () => {
    const { clock, observe, last, log } = supervised();
    observe();
    for (let i = 0; i < 3; i++) {
      last().throw(down());
      await clock.advance(1_000);
    }
    last().yield("one");
    await clock.advance(0);
    expect(log.lines.map((line) => line.level)).toEqual(["warn", "debug", "debug", "info"]);
  });

  it("does not take an observer's exception for the catalogue's", async () => {
    const { clock, source, last, log, calls } = supervised();
    source.activity.run.observe((state) => {
      if (state.status === "ok") throw new Error("observer");
    });
    source.status.observe((status) => {
      if (status?.state === "live") throw new Error("status observer");
    });
    last().yield("one");
    await clock.advance(0);
    last().yield("two");
    await clock.advance(0);
    expect(shown(source.activity.run.sample())).toBe("two");
    expect(calls.length).toBe(1);
    expect(new Set(log.lines.map((line) => line.message))).toEqual(new Set(["an observer threw"]));
  });
});
