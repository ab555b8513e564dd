import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { ConfigSource, Plan } from "@namerkit/config";
import { rootLogger } from "@namerkit/core";
import { startProxy } from "@namerkit/proxy";
import { fileStore } from "@namerkit/watch";
import { ExitCode, usageError } from "../console.js";
import { stderrLogLevels } from "../log.js";
import { systemResolver } from "../naming.js";
import { readConfig, requireRead } from "../read-config.js";
import { untilStopped } from "../stop-signal.js";
import { clusterProcesses, workerSlot } from "../workers/processes.js";
import { serveAsWorker } from "../workers/serve-as-worker.js";
import { type Command, parseCommand } from "./command.js";

const maxWorkers = 256;

export const proxyCommand: Command = {
  name: "proxy",
  usage: "proxy CONFIG [--workers N|auto]",
  summary: `Serves a Linkerd 1 configuration ("-" reads it from standard input) until SIGTERM or SIGINT, then drains.
--workers spreads the work over N processes (auto: one for each processor); catalogues are still asked only once. 1 by default.
SIGHUP, or POST /admin/reload, makes it read the file anew and go on with that, without dropping a request; a bad one changes nothing.
Logs go to stderr, as JSON lines; NAMERKIT_LOG sets the level (info).`,
  async run(args, console) {
    const { values, positionals } = parseCommand(args, { workers: { type: "string" } }, ["CONFIG"]);
    const [file] = positionals;
    const workers = workerCount(values.workers);
    const slot = workerSlot(process.env);
    if (cluster.isWorker && slot !== undefined) return serveAsWorker(slot);
    const first = await requireRead(file, console);
    const { plan } = first;
    const sources = new WeakMap<Plan, ConfigSource>([[plan, first.source]]);
    const readAgain = async () => {
      const read = await readConfig(file, console);
      if (read.plan !== undefined) sources.set(read.plan, read.source);
      return read;
    };
    const logLevels = stderrLogLevels(process.env);
    const log = logLevels.logger(rootLogger);
    const proxy = await startProxy(plan, {
      logLevels,
      inet: systemResolver(),
      files: fileStore(plan.baseDir),
      ...(workers === 1
        ? {}
        : { workers: { ...clusterProcesses(workers), describe: (one: Plan) => sources.get(one) } }),
      // Standard input can be read only once.
      ...(file === "-" ? {} : { readPlan: readAgain }),
    });
    // It logs what it comes to, and never rejects.
    const onHangup = () => void proxy.reload();
    process.on("SIGHUP", onHangup);
    // In Linkerd's words: scripts wait for these lines.
    console.stdout.write(`serving http admin on /${proxy.admin.host}:${proxy.admin.port}\n`);
    for (const { label, host, port } of proxy.servers) console.stdout.write(`serving ${label} on /${host}:${port}\n`);
    console.stdout.write("initialized\n");
    const reason = await untilStopped({ done: proxy.shutdown });
    log.info(
      { graceMs: plan.admin.shutdownGraceMs },
      `Received ${reason === "done" ? "POST /admin/shutdown" : reason}. Shutting down ...`,
    );
    await proxy.drain();
    process.off("SIGHUP", onHangup);
    return ExitCode.ok;
  },
};

function workerCount(text: string | undefined): number {
  if (text === undefined) return 1;
  if (text === "auto") return availableParallelism();
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= maxWorkers) return count;
  throw usageError(`--workers takes a number from 1 to ${maxWorkers}, or auto, not "${text}".`);
}
