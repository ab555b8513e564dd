// Child processes of a benchmark: started, and stopped by their own handle.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const measured = fileURLToPath(new URL("measured.mjs", import.meta.url));

/** Starts a script and waits until its output matches; the match's first group is the port. */
export async function start(script, args, ready) {
  const child = fork(measured, [script, ...args], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  let output = "";
  const port = await new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const found = ready.exec(output);
      if (found) resolve(Number(found[1]));
    });
    child.on("exit", (code) => reject(new Error(`${script} ended with ${code} before it was ready:\n${output}`)));
    child.on("error", reject);
  });
  return {
    port,
    pid: child.pid,
    async stop(signal = "SIGKILL") {
      child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
