import process from "node:process";
import { type Found, type Namer, NamerError, type PluginEnv, type WatchContext, watchEach } from "@namerkit/core";
import { type Access, type AccessConfig, accessOf } from "./access/access.js";
import { Cluster } from "./collection/cluster.js";
import type { Scope } from "./collection/scope.js";
import type { K8sConfig, K8sExternalConfig, K8sNamespaceConfig } from "./config/namer-config.js";
import { canonical, isImpossible, type NameKey, type Segment, segmentsOf } from "./naming/names.js";
import { watchExternal } from "./watch-external.js";
import { type Told, watchName } from "./watch-name.js";

/** What is outside, beside what every plug-in is given. */
export interface Outside {
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the files of the service account are. */
  readonly serviceAccount?: string | undefined;
}

const usual: Outside = { environment: process.env };

/** `/<namespace>/<port>/<service>[/<label>]`: what backs a port of a Service. */
export function createK8sNamer(config: K8sConfig, env: PluginEnv, outside = usual): Namer {
  const { ipFamily, notReady, zone } = config;
  const choice = { ipFamily, notReady, zone };
  return namer(config, env, outside, undefined, (cluster, key, told, context) =>
    watchName({ clock: env.clock, cluster, choice }, key, told, context),
  );
}

/**
 * `/<port>/<service>[/<label>]`, in the namespace that an environment variable holds.
 *
 * @throws NamerError NAMER_CONFIG if it holds none
 */
export function createK8sNamespaceNamer(config: K8sNamespaceConfig, env: PluginEnv, outside = usual): Namer {
  const { ipFamily, notReady, zone, envVar } = config;
  const namespace = outside.environment[envVar];
  if (namespace === undefined || namespace === "") {
    const hint = "set it from metadata.namespace, by a fieldRef in the pod's env";
    throw new NamerError("NAMER_CONFIG", `envVar: the environment variable ${envVar} holds no namespace: ${hint}`);
  }
  const choice = { ipFamily, notReady, zone };
  return namer(config, env, outside, namespace, (cluster, key, told, context) =>
    watchName({ clock: env.clock, cluster, choice }, key, told, context),
  );
}

/** `/<namespace>/<port>/<service>[/<label>]`: where the load balancer of a Service takes its traffic. */
export function createK8sExternalNamer(config: K8sExternalConfig, env: PluginEnv, outside = usual): Namer {
  return namer(config, env, outside, undefined, watchExternal);
}

type Watching = (
  cluster: Cluster,
  key: NameKey & { readonly namespace: string },
  told: Told,
  context: WatchContext,
) => AsyncIterable<Found>;

interface Common extends AccessConfig {
  readonly labelSelector?: string | undefined;
  readonly scope: Scope | "auto";
  readonly source: K8sConfig["source"];
}

/** What a watch tells has been pushed: nobody is asked for it, and only who takes it is kept from being too busy. */
const PUSHED = { burst: 20, perSecond: 10 };

function namer(config: Common, env: PluginEnv, outside: Outside, fixed: string | undefined, watch: Watching): Namer {
  const { labelSelector, scope, source } = config;
  const access: Access = accessOf(config, { ...env, ...outside });
  const cluster = new Cluster(access, { scope, label: labelSelector }, env);
  const segments = segmentsOf({ fixedNamespace: fixed !== undefined, labelled: labelSelector !== undefined });
  const told = new Map<string, Told>();
  const names = watchEach<Segment>(env, {
    segments,
    canonical: (key) => canonical(key) as Record<Segment, string>,
    reject: (key) => (isImpossible({ ...key, namespace: fixed ?? key.namespace }) ? "neg" : undefined),
    options: { ...source, pace: source.pace ?? PUSHED },
    request: ({ namespace, service }) => `watch of ${fixed ?? namespace}/${service} at ${access.base}`,
    watch(key, context) {
      const namespace = fixed ?? key.namespace;
      const shown = segments.map((segment) => key[segment]).join("/");
      const before = told.get(shown) ?? {};
      told.set(shown, before);
      // Closed for good, and not only to be tried again.
      let over = false;
      context.signal.addEventListener("abort", () => over || told.delete(shown), { once: true });
      const watched = watch(cluster, { ...key, namespace }, before, context);
      return ended(watched, () => {
        over = true;
      });
    },
  });
  env.shutdown?.addEventListener("abort", () => cluster.close(), { once: true });
  return {
    lookup: (path) => names.lookup(path),
    statusOf: (path) => names.statusOf?.(path) as ReturnType<NonNullable<Namer["statusOf"]>>,
    enumerate: () => names.enumerate?.() as ReturnType<NonNullable<Namer["enumerate"]>>,
    state: () => ({ names: names.state?.(), cluster: cluster.state() }),
  };
}

/** Says when a watch has ended by itself. */
async function* ended<T>(watched: AsyncIterable<T>, end: () => void): AsyncGenerator<T, void, undefined> {
  try {
    yield* watched;
  } catch (thrown) {
    end();
    throw thrown;
  }
}
