import { describe, expect, it } from "vitest";
import { systemClock } from "./system-clock.js";

describe("systemClock", () => {
  it("fires in order, no earlier than asked, and not what was closed", async () => {
    const started = systemClock.now();
    const fired: number[] = [];
    systemClock.after(20, () => fired.push(20));
    systemClock.after(1, () => fired.push(1));
    systemClock.after(5, () => fired.push(5)).close();
    const ref = setTimeout(() => {}, 1_000);
    await systemClock.sleep(40);
    clearTimeout(ref);
    expect(fired).toEqual([1, 20]);
    expect(systemClock.now() - started).toBeGreaterThan(35);
  });

  it("does not fire at once what lies beyond the reach of setTimeout", async () => {
    let fired = false;
    const far = systemClock.after(2 ** 33, () => {
      fired = true;
    });
    const never = systemClock.after(Number.POSITIVE_INFINITY, () => {
      fired = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    far.close();
    never.close();
    expect(fired).toBe(false);
  });

  it("stops sleeping when aborted", async () => {
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    abort.abort(new Error("stop"));
    await expect(sleeping).rejects.toThrow("stop");
  });
});
