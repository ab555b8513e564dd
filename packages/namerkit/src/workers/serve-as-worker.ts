import process from "node:process";
import { type ConfigSource, loadConfig } from "@namerkit/config";
import { runWorker, type ToWorker, type WorkerWire } from "@namerkit/proxy";
import { fileStore } from "@namerkit/watch";
import { CommandError, ExitCode } from "../console.js";
import { stderrLogLevels } from "../log.js";
import { systemResolver } from "../naming.js";
import { officialRegistry } from "../registry.js";

/** Serves what the primary prepares until that says so, or is gone. */
export async function serveAsWorker(slot: number): Promise<ExitCode> {
  // A terminal sends them to every process of the group; the primary says what is to be done.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const logLevels = stderrLogLevels(process.env, { worker: slot });
  await runWorker(wireToPrimary(), {
    slot,
    logLevels,
    inet: systemResolver(),
    files: fileStore(process.cwd()),
    planOf,
  });
  process.disconnect?.();
  return ExitCode.ok;
}

/** Of the text that the primary has read: the file may be another by now. */
async function planOf(description: unknown) {
  const { plan } = await loadConfig(description as ConfigSource, officialRegistry());
  if (plan === undefined) throw new CommandError(ExitCode.failed, "the configuration of the primary is bad here");
  return plan;
}

function wireToPrimary(): WorkerWire {
  return {
    send: (message, sent = () => {}) => {
      if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, () => sent());
      else setImmediate(sent);
    },
    onMessage: (listener) => process.on("message", (message: ToWorker) => listener(message)),
  };
}
