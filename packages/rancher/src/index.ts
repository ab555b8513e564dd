import { defineNamer } from "@namerkit/core";
import { rancherConfig, rancherJsonSchema } from "./config.js";
import { createRancherNamer } from "./rancher-namer.js";

export type { RancherConfig, RancherOptions } from "./config.js";
export { rancherNamer } from "./standalone.js";

/** The plug-in: kind io.l5d.rancher. */
export default defineNamer({
  kind: "io.l5d.rancher",
  config: rancherConfig,
  jsonSchema: rancherJsonSchema,
  create: createRancherNamer,
});
