// Processes of the benchmarks, asked by messages. Each has its CPU time and memory to itself.
import { fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** In a child: `handlers` by what is asked; each is given the question and returns, or resolves to, the answer. */
export function serveParent(handlers) {
  process.on("message", async ({ id, what, ...question }) => {
    try {
      process.send({ id, answer: await handlers[what](question) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.send({ ready: true });
}

/** Starts a script of bench/peers. */
export async function startPeer(script, args = []) {
  const file = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  const child = fork(file, args, { execArgv: ["--expose-gc"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map();
  let last = 0;
  const exited = once(child, "exit").then(([code, signal]) => {
    const error = new Error(`${script} ${args.join(" ")} ended with ${signal ?? code}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    exited.then(() => reject(new Error(`${script} ended before it was ready`)), reject);
  });
  child.on("message", ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  });
  return {
    ask(what, question = {}) {
      return new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        child.send({ id, what, ...question });
      });
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}
