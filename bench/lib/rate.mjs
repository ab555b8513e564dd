// An open-loop HTTP/1.1 client: requests at a fixed rate, whatever becomes of those before, each counted from when it should have been sent.
import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { Responses, requestFor } from "./responses.mjs";

// Timers of the event loop have a grain of a millisecond, as large as what is measured. A thread of its own sleeps exactly, without
// using a processor for it, and says when; what its word takes is the same for all contestants.
const ticker = `
  const { parentPort, workerData: { intervalMs, count } } = require("node:worker_threads");
  const now = () => performance.timeOrigin + performance.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const begin = now() + 50;
  for (let i = 0; i < count; i++) {
    const due = begin + i * intervalMs;
    const left = due - now();
    if (left > 0) Atomics.wait(cell, 0, 0, left);
    parentPort.postMessage(due);
  }
`;
// A worker's clock begins when it does.
const now = () => performance.timeOrigin + performance.now();

/**
 * Sends over `connections` keep-alive connections in turn; what finds them all in use waits, and that counts.
 * @returns {Promise<{ requests: number, failures: number, latencies: number[] }>} latencies in milliseconds, sorted
 */
export async function steadily({ port, perSecond, seconds, connections = 64 }) {
  const count = perSecond * seconds;
  const result = { requests: 0, failures: 0, latencies: [] };
  const all = await Promise.all(Array.from({ length: connections }, () => Lane.open(port)));
  const idle = [...all];
  const waiting = [];
  await new Promise((resolve) => {
    const send = async (lane, due) => {
      if (!(await lane.ask())) result.failures++;
      result.latencies.push(now() - due);
      const next = waiting.shift();
      if (next === undefined) idle.push(lane);
      else void send(lane, next);
      if (++result.requests === count) resolve();
    };
    const worker = new Worker(ticker, { eval: true, workerData: { intervalMs: 1_000 / perSecond, count } });
    worker.on("message", (due) => {
      if (idle.length === 0) waiting.push(due);
      else void send(idle.shift(), due);
    });
  });
  for (const lane of all) lane.close();
  result.latencies.sort((a, b) => a - b);
  return result;
}

/** A keep-alive connection, for one request at a time. */
export class Lane {
  #socket;
  #answered = () => {};

  static async open(port) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const lane = new Lane(socket);
    await once(socket, "connect");
    return lane;
  }

  constructor(socket) {
    this.#socket = socket;
    const responses = new Responses((ok) => this.#answered(ok === true));
    socket.on("data", (chunk) => responses.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#answered(false));
  }

  /** Whether it was answered with 200. */
  ask(request = requestFor()) {
    if (this.#socket.destroyed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.write(request);
    });
  }

  close() {
    this.#socket.destroy();
  }
}
