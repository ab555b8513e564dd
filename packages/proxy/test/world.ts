import type { RouterPlan, SecurityPlan } from "@namerkit/config";
import {
  Activity,
  Addr,
  type Address,
  createInterpreter,
  Dtab,
  type MountedNamer,
  memoryMetrics,
  Name,
  type Namer,
  NamerError,
  NameTree,
  Path,
  silentLog,
  systemClock,
  Var,
} from "@namerkit/core";
import type { Assembly, ProxyEnv, RunningProxy } from "../src/assembly.js";
import { runAssembly } from "../src/run-assembly.js";
import { byHost } from "./kit.js";

/** A namer out of a list: a known name is bound, a pending one stays pending, `failed` fails, all others are Neg. */
export function fixedNamer(known: Readonly<Record<string, readonly Address[] | "pending" | "failed">>): Namer {
  return {
    lookup(path) {
      const name = path.at(0);
      const found = Object.hasOwn(known, name) ? known[name] : undefined;
      if (found === undefined) return Activity.value(NameTree.neg);
      if (found === "pending") return Activity.pending;
      if (found === "failed") return Activity.failed(new NamerError("NAMER_REFUSED", "catalogue said 403"));
      const id = Path.parse("/#/fixed").concat(path.take(1));
      return Activity.value(NameTree.leaf(Name.bound(id, path.drop(1), Var.value(Addr.bound(found)))));
    },
    enumerate: () => Activity.value(Object.keys(known).map((name) => Path.of(name))),
    state: () => ({ known: Object.keys(known).length }),
    statusOf: () =>
      Var.value({
        state: "connecting",
        request: undefined,
        firstContactAt: undefined,
        lastContactAt: undefined,
        lastChangeAt: undefined,
        staleSince: undefined,
        lastError: { code: "NAMER_UNAVAILABLE", message: "connection refused by catalogue", at: "now" },
        counters: {},
      }),
  };
}

export interface World extends AsyncDisposable {
  readonly proxy: RunningProxy;
  readonly port: number;
  readonly admin: string;
  readonly metrics: ReturnType<typeof memoryMetrics>;
}

const open = { uiEnabled: true, controlEnabled: true, diagnosticsEnabled: true, pathWhitelist: [], pathBlacklist: [] };

/** A whole proxy, with admin, over a fixed namer mounted at /#/fixed and the dtab /svc => /#/fixed. */
export async function world(
  known: Parameters<typeof fixedNamer>[0],
  options: {
    dtab?: string;
    graceMs?: number;
    bindingTimeoutMs?: number;
    security?: SecurityPlan;
    document?: unknown;
    env?: Partial<ProxyEnv>;
    namers?: readonly MountedNamer[];
    router?: Partial<RouterPlan>;
  } = {},
): Promise<World> {
  const mounted = options.namers ?? [{ prefix: Path.parse("/#/fixed"), namer: fixedNamer(known) }];
  const metrics = memoryMetrics();
  const dtab = Dtab.parse(options.dtab ?? "/svc => /#/fixed");
  const assembly: Assembly = {
    admin: { ip: "127.0.0.1", port: 0, shutdownGraceMs: options.graceMs ?? 1_000, security: options.security ?? open },
    document: options.document,
    mounted,
    routers: [
      {
        plan: {
          protocol: "http",
          label: "http",
          dstPrefix: Path.parse("/svc"),
          dtab,
          identifiers: [],
          interpreter: {} as Assembly["routers"][number]["plan"]["interpreter"],
          bindingTimeoutMs: options.bindingTimeoutMs ?? 1_000,
          bindingCache: { paths: 100, trees: 100, bounds: 100, clients: 100, idleTtlSecs: 600 },
          failover: "never",
          originator: true,
          maxHeadersKB: 8,
          maxInitialLineKB: 4,
          maxErrResponseKB: 5_120,
          tracePropagator: "default",
          compressionLevel: -1,
          client: { of: () => ({}) },
          service: { of: () => ({}) },
          servers: [{ ip: "127.0.0.1", port: 0, clearContext: false, maxCallDepth: 1_000 }],
          fingerprint: "",
          ...options.router,
        },
        interpreter: createInterpreter({ namers: mounted }),
        identifiers: [byHost],
      },
    ],
  };
  const env = { clock: systemClock, random: Math.random, log: silentLog, metrics, ...options.env };
  const proxy = await runAssembly(assembly, env);
  return {
    proxy,
    port: proxy.servers[0]?.port ?? 0,
    admin: `http://127.0.0.1:${proxy.admin.port}`,
    metrics,
    async [Symbol.asyncDispose]() {
      proxy.close();
    },
  };
}
