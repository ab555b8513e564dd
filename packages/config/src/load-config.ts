import { messageOf, NamerError } from "@namerkit/core";
import { type TryBuild, tryBuild } from "./build/try-build.js";
import { WantedFiles } from "./check-files.js";
import { checkLabels, checkPorts } from "./conflicts.js";
import { entryOf, isNull, join, type ListNode, type MapNode, toPlain } from "./document/node.js";
import { parseConfig, withoutMark } from "./document/parse.js";
import { readFields } from "./fields/containers.js";
import { adminFields } from "./known/admin.js";
import { topFields } from "./known/top.js";
import type { Plan, Problem, Registry } from "./plan.js";
import { adminListeners, adminPlan } from "./plan-admin.js";
import { planRouter, type ReadRouter } from "./plan-router.js";
import { planTelemetry } from "./plan-telemetry.js";
import { loadModules } from "./plugins/load-modules.js";
import type { Loading } from "./plugins/loading.js";
import { planList } from "./plugins/plan-plugin.js";
import { redactConfig, secretsIn } from "./redact.js";
import { Reporter } from "./reporter.js";

export interface ConfigSource {
  readonly text: string;
  /** As problems should name it. */
  readonly file: string;
  /** What relative names in it are relative to. */
  readonly baseDir: string;
}

export interface LoadOptions {
  /** Gives up waiting for modules and asynchronous schemas; whatever was waited for is then a problem. */
  readonly signal?: AbortSignal | undefined;
  /** Also builds every plug-in with these, and throws it away: what they find wrong only then is a problem, too. */
  readonly build?: TryBuild | undefined;
}

export interface LoadedConfig {
  /** Undefined when a problem is an error. */
  readonly plan: Plan | undefined;
  /** Sorted by position. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a configuration in Linkerd's format (YAML, or JSON when it begins with `{`), checks everything that can be checked without a
 * socket, and loads the plug-ins it names. Never rejects: whatever is wrong is a problem, and as many as can be found are told.
 */
export async function loadConfig(
  source: ConfigSource,
  registry: Registry,
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  const text = withoutMark(source.text);
  const reporter = new Reporter(source.file, text);
  try {
    const root = parseConfig(text, reporter);
    if (root !== undefined) reporter.hide(secretsIn(root));
    const settled = untilAborted(options.signal);
    const files = new WantedFiles();
    const wants: Loading["wants"] = (file, place) => files.add(file, place);
    const plan =
      root === undefined
        ? undefined
        : await planOf(root, { text, reporter, registry, baseDir: source.baseDir, settled, wants });
    await files.check({ reporter, settled });
    if (root !== undefined && plan !== undefined && options.build !== undefined)
      tryBuild(plan, root, options.build, reporter);
    return { plan: reporter.failed ? undefined : plan, problems: reporter.problems() };
  } catch (thrown) {
    reporter.error(
      "CONFIG_INTERNAL",
      { offset: 0, path: "" },
      `the configuration cannot be loaded: ${messageOf(thrown)}`,
    );
    return { plan: undefined, problems: reporter.problems() };
  }
}

async function planOf(root: MapNode, given: Loading): Promise<Plan | undefined> {
  const { reporter } = given;
  const values = readFields(root, topFields, "", given);
  const modules = listAt(root, "plugins");
  const loading = modules === undefined ? given : { ...given, registry: await loadModules(modules, given) };
  const namerList = listAt(root, "namers");
  const namers = namerList === undefined ? [] : await planList("namer", namerList, "namers", loading);
  const routers = await planRouters(root, loading);
  const admin = values.admin ?? readFields(emptyMap(root), adminFields, "admin", loading);
  checkPorts([...adminListeners(root, admin), ...routers.flatMap((router) => router.listeners)], reporter);
  checkLabels(
    routers.map(({ label, labelPlace, labelGiven }) => ({ label, place: labelPlace, given: labelGiven })),
    reporter,
  );
  const plans = routers.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
  const telemetry = await planTelemetry(root, loading);
  if (namers === undefined || telemetry === undefined || plans.length < routers.length) return undefined;
  const document = redactConfig(toPlain(root));
  return { baseDir: given.baseDir, admin: adminPlan(admin), namers, routers: plans, telemetry, document };
}

async function planRouters(root: MapNode, loading: Loading): Promise<readonly ReadRouter[]> {
  const list = listAt(root, "routers");
  const entry = entryOf(root, "routers");
  if (list === undefined || list.items.length === 0) {
    // Of namerd's configuration, which has none, the keys that it has say enough.
    const namerd = entryOf(root, "storage") !== undefined || entryOf(root, "interfaces") !== undefined;
    if (!(namerd && loading.reporter.failed) && (entry === undefined || isNull(entry.value) || list !== undefined)) {
      const place = { offset: entry?.keyAt ?? root.start, path: "routers" };
      loading.reporter.error(
        "CONFIG_MISSING",
        place,
        "there is no router",
        "add routers: with - protocol: http below it",
      );
    }
    return [];
  }
  const read: ReadRouter[] = [];
  for (const [index, item] of list.items.entries()) {
    if (item.type !== "map") continue;
    const router = await planRouter(item, join("routers", index), loading);
    if (router !== undefined) read.push(router);
  }
  return read;
}

function listAt(root: MapNode, key: string): ListNode | undefined {
  const value = entryOf(root, key)?.value;
  return value?.type === "list" ? value : undefined;
}

function emptyMap(near: MapNode): MapNode {
  return { type: "map", entries: [], start: near.start, end: near.start };
}

/** Waits for a promise, but no longer than the caller does. */
function untilAborted(signal: AbortSignal | undefined): <T>(promise: Promise<T>) => Promise<T> {
  if (signal === undefined) return (promise) => promise;
  return (promise) =>
    new Promise((resolve, reject) => {
      const abort = () => reject(new NamerError("ABORTED", "it took too long", { cause: signal.reason }));
      // What is there already is still taken.
      if (signal.aborted) setImmediate(abort);
      signal.addEventListener("abort", abort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
}
