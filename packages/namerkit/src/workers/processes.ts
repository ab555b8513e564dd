import cluster, { type Worker } from "node:cluster";
import process from "node:process";
import { messageOf } from "@namerkit/core";
import type { CrewOptions, FromWorker, WorkerProcess } from "@namerkit/proxy";

const slotVariable = "NAMERKIT_WORKER";

/** Whether this process has been started as a worker, and in which place, from 1 on. */
export function workerSlot(environment: NodeJS.ProcessEnv): number | undefined {
  const slot = Number(environment[slotVariable]);
  return Number.isInteger(slot) && slot >= 1 ? slot : undefined;
}

/** Workers are this very command again, with the same arguments, under node:cluster: connections are dealt out in turn. */
export function clusterProcesses(count: number): Pick<CrewOptions, "count" | "spawn"> {
  const [, script, ...args] = process.argv;
  cluster.setupPrimary({ args, ...(script === undefined ? {} : { exec: script }) });
  return { count, spawn: (slot) => workerProcess(cluster.fork({ [slotVariable]: String(slot) })) };
}

function workerProcess(worker: Worker): WorkerProcess {
  let ended: ((how: string) => void) | undefined;
  let how: string | undefined;
  let disconnected = false;
  // The end of the process may be told before the last that it has said.
  const settle = () => {
    if (how === undefined || !disconnected) return;
    ended?.(how);
    ended = undefined;
  };
  worker.on("exit", (code, signal) => {
    how ??= signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    settle();
  });
  worker.on("disconnect", () => {
    disconnected = true;
    settle();
  });
  worker.on("error", (error) => {
    if (worker.process.pid !== undefined) return;
    how ??= `could not be started: ${messageOf(error)}`;
    disconnected = true;
    settle();
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
