import { AdminServer } from "./admin/admin-server.js";
import { Readiness } from "./admin/health.js";
import { IdentifierServer } from "./admin/identifier-server.js";
import { adminPages } from "./admin/pages.js";
import type { Assembly, ProxyEnv, RunningProxy, ServingAt } from "./assembly.js";
import { Router } from "./router/router.js";
import { Telemetry } from "./telemetry/telemetry.js";
import { ServerTls } from "./tls/server-tls.js";

/**
 * Starts what an assembly describes. Rejects with PROXY_LISTEN if a port is taken, and then nothing is left running.
 * `closing` is aborted when it is closed, so that namers need not linger.
 */
export async function runAssembly(
  assembly: Assembly,
  env: ProxyEnv,
  closing: Pick<AbortController, "abort"> = new AbortController(),
): Promise<RunningProxy> {
  const { admin: plan, mounted } = assembly;
  const { clock, log } = env;
  const plans = assembly.routers.map((router) => router.plan);
  const telemetry = new Telemetry(assembly.telemeters ?? [], plans, env);
  const observed = { ...env, observers: telemetry.observers.bind(telemetry), sampleRate: telemetry.sampleRate };
  const routers = assembly.routers.map((router) => new Router(router, mounted, observed));
  const readiness = new Readiness(mounted, clock);
  const shutdown = new AbortController();
  const named = assembly.routers.map(({ plan: { label, dtab, interpreter }, ...one }) => {
    return { label, dtab, kind: interpreter.kind, interpreter: one.interpreter };
  });
  const sources = {
    document: () => assembly.document ?? {},
    mounted: () => mounted,
    routers: () => named,
    clients: () => routers.map((router) => router.names.state()),
    telemeters: () => telemetry.pages,
    shutdown: () => shutdown.abort(),
  };
  const pages = adminPages(sources, env, readiness.pages);
  const { ip, httpIdentifierPort: port } = plan;
  const identifiers = port === undefined ? undefined : new IdentifierServer({ ip, port }, routers);
  const guard = { ip: plan.ip, hosts: (env.adminHosts ?? []).map((host) => host.toLowerCase()) };
  const tls = plan.tls && new ServerTls(plan.tls, { clock, log, metrics: env.metrics.scope("admin") });
  const admin = new AdminServer(pages, guard, { port: plan.port, security: plan.security, tls }, { clock, log });
  let cut = false;
  const cutRequests = () => {
    if (cut) return;
    cut = true;
    for (const router of routers) router.close();
  };
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    readiness.close();
    cutRequests();
    admin.close();
    identifiers?.close();
    telemetry.close();
    closing.abort();
  };
  const servers: ServingAt[] = [];
  try {
    const listening = await admin.listen();
    await identifiers?.listen();
    for (const router of routers) servers.push(...(await router.listen()));
    readiness.listening = true;
    let drained: Promise<void> | undefined;
    const drain = async () => {
      readiness.draining = true;
      const since = clock.now();
      await withinGrace(
        Promise.all(routers.map((router) => router.drain())),
        (expired) => clock.after(plan.shutdownGraceMs, expired),
        () => log.warn({}, `requests were still in flight after ${plan.shutdownGraceMs} ms and are cut`),
      );
      // Before the last words of telemetry, as they are about these, too.
      cutRequests();
      await telemetry.drain(plan.shutdownGraceMs - (clock.now() - since));
      close();
    };
    return {
      admin: listening,
      servers,
      shutdown: shutdown.signal,
      updates: () => sumOf(routers),
      drain: () => {
        drained ??= drain();
        return drained;
      },
      close,
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** Waits for the work, or for the grace to be over. */
function withinGrace(
  work: Promise<unknown>,
  after: (expired: () => void) => { close(): void },
  late: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = after(() => {
      late();
      resolve();
    });
    const done = () => {
      timer.close();
      resolve();
    };
    work.then(done, done);
  });
}

function sumOf(routers: readonly Router[]): { treeUpdates: number; addrUpdates: number } {
  let treeUpdates = 0;
  let addrUpdates = 0;
  for (const router of routers) {
    const counts = router.names.updates();
    treeUpdates += counts.treeUpdates;
    addrUpdates += counts.addrUpdates;
  }
  return { treeUpdates, addrUpdates };
}
