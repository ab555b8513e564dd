import { createInterpreter } from "./interpreter.js";
import { rewriteNamerPlugin } from "./rewrite-namer.js";
import { defineInterpreter, type InterpreterPlugin, type Plugin } from "./roles.js";
import { constTransformerPlugin } from "./transformers/const.js";
import { portTransformerPlugin } from "./transformers/port.js";
import { replaceTransformerPlugin } from "./transformers/replace.js";

/** `default`: the router's dtab, the configured namers, and what is built in under /$/. */
export const defaultInterpreterPlugin: InterpreterPlugin<unknown> = defineInterpreter<unknown>({
  kind: "default",
  create: (_config, env) => createInterpreter({ namers: env.namers, inet: env.inet }),
});

/** The plug-ins that need nothing but core. */
export const corePlugins: readonly Plugin[] = [
  rewriteNamerPlugin,
  portTransformerPlugin,
  constTransformerPlugin,
  replaceTransformerPlugin,
  defaultInterpreterPlugin,
];
