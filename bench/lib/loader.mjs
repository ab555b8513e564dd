// lib/load.mjs in a process of its own, driven by its parent.
import { fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { load, quantile } from "./load.mjs";

const self = fileURLToPath(import.meta.url);

export async function startLoader() {
  const child = fork(self);
  await once(child, "message");
  return {
    pid: child.pid,
    async load(what) {
      child.send(what);
      const [result] = await once(child, "message");
      return result;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

if (process.argv[1] === self) {
  process.on("message", async (what) => {
    const { requests, failures, latencies } = await load(what);
    process.send({ requests, failures, p99: quantile(latencies, 0.99) });
  });
  process.send("ready");
}
