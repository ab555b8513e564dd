import cluster, { type Worker } from "node:cluster";
import process from "node:process";
import { messageOf } from "@namerkit/core";
import type { CrewOptions, FromWorker, WorkerProcess } from "@namerkit/proxy";

const slotVariable = "NAMERKIT_WORKER";
/** So long after its end, what a process has said has been heard. */
const lastWordsMs = 1_000;

/** Whether this process has been started as a worker, and in which place, from 1 on. */
export function workerSlot(environment: NodeJS.ProcessEnv): number | undefined {
  const slot = Number(environment[slotVariable]);
  return Number.isInteger(slot) && slot >= 1 ? slot : undefined;
}

/**
 * Workers are this very command again, with the same arguments, under node:cluster. Each accepts connections for itself: those that the
 * primary deals out in turn hang for ever if the worker that they are on the way to is killed, as Node keeps them open and forgets them.
 */
export function clusterProcesses(count: number): Pick<CrewOptions, "count" | "spawn"> {
  const [, script, ...args] = process.argv;
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ args, ...(script === undefined ? {} : { exec: script }) });
  return { count, spawn: (slot) => workerProcess(cluster.fork({ [slotVariable]: String(slot) })) };
}

/** `worker`: as node:cluster has forked it. */
export function workerProcess(worker: Worker): WorkerProcess {
  let ended: ((how: string) => void) | undefined;
  let how: string | undefined;
  let disconnected = false;
  let timer: NodeJS.Timeout | undefined;
  // The end of the process may be told before the last that it has said.
  const settle = () => {
    if (how === undefined || !disconnected) return;
    ended?.(how);
    ended = undefined;
  };
  const heard = () => {
    clearTimeout(timer);
    disconnected = true;
    settle();
  };
  worker.on("exit", (code, signal) => {
    how ??= signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    settle();
    // Node does not always say that the channel is closed, as when the process was killed while it wrote.
    if (!disconnected) timer = setTimeout(heard, lastWordsMs);
  });
  worker.on("disconnect", heard);
  worker.on("error", (error) => {
    if (worker.process.pid !== undefined) return;
    how ??= `could not be started: ${messageOf(error)}`;
    heard();
  });
  return {
    pid: worker.process.pid,
    send: (message, sent = () => {}) => {
      if (worker.isConnected()) worker.process.send(message, undefined, undefined, () => sent());
      else setImmediate(sent);
    },
    onMessage: (listener) => worker.on("message", (message: FromWorker) => listener(message)),
    onEnd: (listener) => {
      ended = listener;
      settle();
    },
    kill: () => worker.process.kill("SIGKILL"),
  };
}
