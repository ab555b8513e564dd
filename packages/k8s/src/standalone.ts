import { type Namer, noMetrics, Path, type PluginEnv, silentLog, systemClock } from "@namerkit/core";
import { dnsResolver, fileStore } from "@namerkit/watch";
import { checkOptions, type K8sOptions } from "./config/namer-config.js";
import { createK8sNamer } from "./k8s-namer.js";

/** Where the namer stands unless it is told otherwise. */
const prefix = Path.of("#", "io.l5d.k8s");

/**
 * The namer for programs that have no configuration file: options as such a file has them, all optional, and of the environment only
 * what is to be other than real time, no log and no metrics. Nothing is asked before a name is observed.
 *
 * @throws NamerError NAMER_CONFIG
 */
export function k8sNamer(options: K8sOptions = {}, env: Partial<PluginEnv> = {}): Namer {
  const usual = { prefix, clock: systemClock, random: Math.random, log: silentLog, metrics: noMetrics, baseDir: "." };
  const given = { ...usual, ...env };
  return createK8sNamer(checkOptions(options), {
    inet: dnsResolver(given),
    files: fileStore(given.baseDir),
    ...given,
  });
}
