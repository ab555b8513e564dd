import type { Path, PluginEnv } from "@namerkit/core";

/** Which plug-in of a plan an environment is for. */
export interface BuildScope {
  readonly role: "namer" | "transformer" | "identifier" | "interpreter" | "telemeter";
  readonly kind: string;
  /** Where it stands, outermost first, as metrics name it: `namer` and the prefix, or `rt`, the router and `interpreter`. */
  readonly names: readonly string[];
}

/** The environment of one plug-in, mounted at `prefix`: the shared one, with logger and metrics narrowed down as the caller likes. */
export type EnvFor = (prefix: Path, scope: BuildScope) => PluginEnv;
