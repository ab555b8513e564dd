import { describe, expect, it } from "vitest";
import { until } from "./until.js";

describe("until", () => {
  it("resolves to the first answer that is something", async () => {
    let asked = 0;
    expect(await until(() => (++asked < 3 ? undefined : "done"))).toBe("done");
    expect(asked).toBe(3);
  });

  it("counts 0 and the empty text as something", async () => {
    expect(await until(() => 0)).toBe(0);
    expect(await until(() => "")).toBe("");
  });

  it("says what it waited for and what it saw last", async () => {
    const late = until(() => null, { timeoutMs: 20, what: "the sun" });
    await expect(late).rejects.toMatchObject({
      code: "TESTING_UNTIL",
      message: "waited 20 ms for the sun; last answer: null",
    });
  });

  it("asks again after an error, and keeps the last one as the cause", async () => {
    const error = new Error("not yet");
    const late = until(
      () => {
        throw error;
      },
      { timeoutMs: 20 },
    );
    await expect(late).rejects.toMatchObject({ cause: error, message: expect.stringContaining("not yet") });
    let asked = 0;
    const soon = until(async () => {
      if (++asked < 2) throw error;
      return true;
    });
    expect(await soon).toBe(true);
  });

  it("does not hang with a predicate that hangs", async () => {
    await expect(until(() => new Promise<boolean>(() => {}), { timeoutMs: 20 })).rejects.toMatchObject({
      code: "TESTING_UNTIL",
    });
  });
});
