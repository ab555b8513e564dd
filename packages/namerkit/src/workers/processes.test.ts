import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { workerProcess, workerSlot } from "./processes.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A worker of node:cluster as far as its end goes. */
function forked(pid: number | undefined = 7) {
  const worker = new EventEmitter();
  const ends: string[] = [];
  const process = workerProcess(Object.assign(worker, { process: { pid } }) as unknown as Worker);
  process.onEnd((how) => ends.push(how));
  return { worker, ends };
}

describe("the process of a worker", () => {
  it("has ended when it is gone and all that it has said has been heard, in either order", () => {
    const one = forked();
    one.worker.emit("exit", null, "SIGKILL");
    expect(one.ends).toEqual([]);
    one.worker.emit("disconnect");
    expect(one.ends).toEqual(["was ended by SIGKILL"]);

    const other = forked();
    other.worker.emit("disconnect");
    expect(other.ends).toEqual([]);
    other.worker.emit("exit", 3, null);
    expect(other.ends).toEqual(["ended with exit code 3"]);
    // Nothing is left that would keep the primary from its own end.
    expect(vi.getTimerCount()).toBe(0);
    expect(other.ends.length).toBe(1);
  });

  it("has ended also where its channel is never said to be closed", () => {
    const { worker, ends } = forked();
    worker.emit("exit", null, "SIGKILL");
    vi.advanceTimersByTime(999);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends).toEqual(["was ended by SIGKILL"]);
  });

  it("has ended where it could not even be started", () => {
    const worker = new EventEmitter();
    const ends: string[] = [];
    const process = workerProcess(Object.assign(worker, { process: {} }) as unknown as Worker);
    process.onEnd((how) => ends.push(how));
    worker.emit("error", new Error("spawn EAGAIN"));
    expect(ends).toEqual(["could not be started: spawn EAGAIN"]);
  });

  it("knows its place by its environment", () => {
    expect([workerSlot({}), workerSlot({ NAMERKIT_WORKER: "x" }), workerSlot({ NAMERKIT_WORKER: "2" })]).toEqual([
      undefined,
      undefined,
      2,
    ]);
  });
});
