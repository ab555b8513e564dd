import process from "node:process";
import { rootLogger } from "@namerkit/core";
import { startProxy } from "@namerkit/proxy";
import { fileStore } from "@namerkit/watch";
import { ExitCode } from "../console.js";
import { stderrLogLevels } from "../log.js";
import { systemResolver } from "../naming.js";
import { readConfig, requireConfig } from "../read-config.js";
import { untilStopped } from "../stop-signal.js";
import { type Command, parseCommand } from "./command.js";

export const proxyCommand: Command = {
  name: "proxy",
  usage: "proxy CONFIG",
  summary: `Serves a Linkerd 1 configuration ("-" reads it from standard input) until SIGTERM or SIGINT, then drains.
SIGHUP, or POST /admin/reload, makes it read the file anew and go on with that, without dropping a request; a bad one changes nothing.
Logs go to stderr, as JSON lines; NAMERKIT_LOG sets the level (info).`,
  async run(args, console) {
    const { positionals } = parseCommand(args, {}, ["CONFIG"]);
    const [file] = positionals;
    const plan = await requireConfig(file, console);
    const logLevels = stderrLogLevels(process.env);
    const log = logLevels.logger(rootLogger);
    const proxy = await startProxy(plan, {
      logLevels,
      inet: systemResolver(),
      files: fileStore(plan.baseDir),
      // Standard input can be read only once.
      ...(file === "-" ? {} : { readPlan: () => readConfig(file, console) }),
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
