import { type Namer, noMetrics, Path, type PluginEnv, silentLog, systemClock } from "@namerkit/core";
import { dnsResolver, fileStore } from "@namerkit/watch";
import { checkFsOptions, type FsOptions } from "./names/fs-config.js";
import { createFsNamer } from "./names/fs-namer.js";

/** Where the namer stands unless it is told otherwise. */
const prefix = Path.of("#", "io.l5d.fs");

/**
 * The namer of files for programs that have no configuration file. Nothing is read before a name is observed.
 *
 * @throws NamerError NAMER_CONFIG
 */
export function fsNamer(options: FsOptions, env: Partial<PluginEnv> = {}): Namer {
  const usual = { prefix, clock: systemClock, random: Math.random, log: silentLog, metrics: noMetrics, baseDir: "." };
  const given = { ...usual, ...env };
  return createFsNamer(checkFsOptions(options), {
    inet: dnsResolver(given),
    files: fileStore(given.baseDir),
    ...given,
  });
}
