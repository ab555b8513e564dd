import { defineNamer, type NamerPlugin, type Plugin } from "@namerkit/core";
import { fsInterpreterPlugin } from "./dtab/fs-interpreter.js";
import { localhostPlugin } from "./interfaces/localhost.js";
import { specificHostPlugin } from "./interfaces/specific-host.js";
import { type FsConfig, fsConfig, fsJsonSchema } from "./names/fs-config.js";
import { createFsNamer } from "./names/fs-namer.js";

export type { FsOptions } from "./names/fs-config.js";
export { fsNamer } from "./standalone.js";

/** `io.l5d.fs` among the namers. */
export const fsNamerPlugin: NamerPlugin<FsConfig> = defineNamer<FsConfig>({
  kind: "io.l5d.fs",
  config: fsConfig,
  jsonSchema: fsJsonSchema,
  create: createFsNamer,
});

export { fsInterpreterPlugin, localhostPlugin, specificHostPlugin };

/** The plug-ins: namer and interpreter io.l5d.fs, transformers io.l5d.localhost and io.l5d.specificHost. */
const plugins: readonly Plugin[] = [
  fsNamerPlugin,
  fsInterpreterPlugin,
  localhostPlugin,
  specificHostPlugin,
] as readonly Plugin[];
export default plugins;
