import { buildInterpreter, mountNamers, type Plan, type RouterPlan } from "@namerkit/config";
import {
  type InetResolver,
  type Interpreter,
  type Logger,
  type Metrics,
  type MountedNamer,
  type Path,
  type PluginEnv,
  systemClock,
} from "@namerkit/core";
import { dnsResolver } from "@namerkit/watch";
import { CommandError, ExitCode } from "./console.js";

/** The world outside, as a plug-in mounted at `prefix` sees it. */
export type EnvFor = (prefix: Path) => PluginEnv;

export function pluginEnv(plan: Plan, log: Logger, metrics: Metrics): EnvFor {
  return (prefix) => ({
    prefix,
    clock: systemClock,
    random: Math.random,
    log,
    metrics: metrics.scope("namer", prefix.show().slice(1)),
    baseDir: plan.baseDir,
  });
}

/** Names behind /$/inet, resolved by the machine's own resolver. */
export function systemResolver(): InetResolver {
  return dnsResolver({ clock: systemClock, random: Math.random });
}

export interface Naming {
  readonly router: RouterPlan;
  readonly interpreter: Interpreter;
  readonly mounted: readonly MountedNamer[];
}

/** The names of one router, without its servers. Nothing is asked of a catalogue until something is bound. */
export function namingOf(plan: Plan, label: string | undefined, log: Logger, metrics: Metrics): Naming {
  const router = chooseRouter(plan, label);
  const env = pluginEnv(plan, log, metrics);
  const inet = systemResolver();
  const mounted = mountNamers(plan, env, { inet });
  return { router, mounted, interpreter: buildInterpreter(router, mounted, env, { inet }) };
}

function chooseRouter(plan: Plan, label: string | undefined): RouterPlan {
  const labels = plan.routers.map((router) => router.label).join(", ");
  const router = label === undefined ? plan.routers[0] : plan.routers.find((one) => one.label === label);
  if (router === undefined) {
    throw new CommandError(ExitCode.usage, `there is no router labelled "${label}"; there is: ${labels}.`);
  }
  return router;
}
