import { defineTransformer, type TransformerPlugin } from "../roles.js";
import { type BoundPathConfig, boundPath, boundPathJsonSchema, boundPathSchema } from "./bound-path.js";

/** `io.l5d.const`: whatever was bound, even Neg, gives way to what `path` binds to. */
export const constTransformerPlugin: TransformerPlugin<BoundPathConfig> = defineTransformer<BoundPathConfig>({
  kind: "io.l5d.const",
  config: boundPathSchema,
  jsonSchema: boundPathJsonSchema,
  create(config, env) {
    const replacement = boundPath(config, env);
    return { transform: () => replacement() };
  },
});
