import {
  Addr,
  type Identifier,
  type InetResolver,
  type Interpreter,
  NamerError,
  transformInterpreter,
  Var,
} from "@namerkit/core";
import type { RouterPlan } from "../plan.js";
import { buildTransformers, type PlanNamer } from "./build-transformers.js";
import type { EnvFor } from "./env-for.js";
import type { BuildOptions } from "./mount-namers.js";

/** Builds a router's interpreter, with its transformers, on namers from `mountNamers`. Starts no I/O. */
export function buildInterpreter(
  router: Pick<RouterPlan, "label" | "interpreter">,
  namers: readonly PlanNamer[],
  envFor: EnvFor,
  { inet }: BuildOptions = {},
): Interpreter {
  const { interpreter: planned } = router;
  const { plugin, kind, prefix, options } = planned;
  const names = ["rt", router.label, "interpreter"];
  const env = envFor(prefix, { role: "interpreter", kind, names });
  const interpreter = plugin.create(options, { ...env, prefix, namers, inet: inet ?? noResolver });
  return transformInterpreter(interpreter, buildTransformers(planned, names, namers, envFor, inet));
}

/** Builds a router's identifiers, in the order in which they are tried. */
export function buildIdentifiers(
  router: Pick<RouterPlan, "label" | "identifiers" | "dstPrefix">,
  envFor: EnvFor,
): readonly Identifier[] {
  return router.identifiers.map(({ plugin, kind, prefix, options }) => {
    const env = envFor(prefix, { role: "identifier", kind, names: ["rt", router.label, "identifier"] });
    return plugin.create(options, { ...env, prefix, dstPrefix: router.dstPrefix });
  });
}

const noResolver: InetResolver = (host) =>
  Var.value(Addr.failed(new NamerError("NAMER_UNAVAILABLE", `there is no resolver here for the host name ${host}`)));
