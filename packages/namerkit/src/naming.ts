import { buildInterpreter, type EnvFor, mountNamers, type Plan, type RouterPlan } from "@namerkit/config";
import {
  type FileStore,
  type InetResolver,
  type Interpreter,
  type MountedNamer,
  noMetrics,
  silentLog,
  systemClock,
} from "@namerkit/core";
import { dnsResolver, fileStore } from "@namerkit/watch";
import { CommandError, ExitCode } from "./console.js";

/** Host names behind /$/inet and in the answers of catalogues, looked up by the machine's own resolver. */
export function systemResolver(): InetResolver {
  return dnsResolver({ clock: systemClock, random: Math.random });
}

/** How long a catalogue has to answer before a command makes do with what is remembered of it; well below firstAnswerMs. */
const TRUTH_FIRST_MS = 2_000;

/** Snapshot files for a command that asks once: for the truth of now if it can be had, and without writing over what a proxy saves. */
function secondThoughts(files: FileStore): FileStore {
  return {
    async read(file) {
      await systemClock.sleep(TRUTH_FIRST_MS);
      return files.read(file);
    },
    async write() {},
  };
}

/** What plug-ins are built with, for commands whose only output is their result. */
export function namingEnv(baseDir: string, shutdown: AbortSignal, inet = systemResolver()): EnvFor {
  const files = secondThoughts(fileStore(baseDir));
  return (prefix) => ({
    ...{ prefix, clock: systemClock, random: Math.random, log: silentLog, metrics: noMetrics },
    ...{ baseDir, inet, files, shutdown },
  });
}

export interface Naming extends Disposable {
  readonly router: RouterPlan;
  readonly interpreter: Interpreter;
  readonly mounted: readonly MountedNamer[];
}

/**
 * The names of one router, without its servers: for commands whose only output is their result. Nothing is asked of a catalogue
 * until something is bound; disposing of it ends every watch that nobody observes any more.
 */
export function namingOf(plan: Plan, label: string | undefined): Naming {
  const router = chooseRouter(plan, label);
  const inet = systemResolver();
  const closing = new AbortController();
  const env = namingEnv(plan.baseDir, closing.signal, inet);
  const mounted = mountNamers(plan, env, { inet });
  const interpreter = buildInterpreter(router, mounted, env, { inet });
  return { router, mounted, interpreter, [Symbol.dispose]: () => closing.abort() };
}

function chooseRouter(plan: Plan, label: string | undefined): RouterPlan {
  const router = label === undefined ? plan.routers[0] : plan.routers.find((one) => one.label === label);
  if (router !== undefined) return router;
  const labels = plan.routers.map((one) => one.label).join(", ");
  throw new CommandError(ExitCode.usage, `there is no router labelled "${label}"; there is: ${labels}.`);
}
