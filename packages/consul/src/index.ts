import { defineInterpreter, defineNamer } from "@namerkit/core";
import { interpreterConfig, interpreterJsonSchema } from "./config/interpreter-config.js";
import { consulConfig, consulJsonSchema } from "./config/namer-config.js";
import { createConsulNamer } from "./consul-namer.js";
import { createConsulInterpreter } from "./interpreter/consul-interpreter.js";

export type { ConsulInterpreterConfig, ConsulInterpreterOptions } from "./config/interpreter-config.js";
export type { ConsulConfig, ConsulOptions } from "./config/namer-config.js";
export type { ConsulInterpreter } from "./interpreter/consul-interpreter.js";
export { consulNamer } from "./standalone.js";

/** The plug-in of kind io.l5d.consul. */
export const consulNamerPlugin = defineNamer({
  kind: "io.l5d.consul",
  config: consulConfig,
  jsonSchema: consulJsonSchema,
  create: (config, env) => createConsulNamer(config, env),
});

/** The plug-in of kind io.l5d.consul.interpreter. */
export const consulInterpreterPlugin = defineInterpreter({
  kind: "io.l5d.consul.interpreter",
  config: interpreterConfig,
  jsonSchema: interpreterJsonSchema,
  create: createConsulInterpreter,
});

export default [consulNamerPlugin, consulInterpreterPlugin];
