import type { Plan } from "@namerkit/config";
import { AdminServer } from "../admin/admin-server.js";
import { Readiness } from "../admin/health.js";
import { IdentifierServer } from "../admin/identifier-server.js";
import { adminPages } from "../admin/pages.js";
import { reloadPage } from "../admin/reload-page.js";
import type { ProxyEnv, RunningProxy, ServingAt } from "../assembly.js";
import type { Listening } from "../http/proxy-server.js";
import { Telemetry } from "../telemetry/telemetry.js";
import { ServerTls } from "../tls/server-tls.js";
import { type Edition, Editions } from "./edition.js";
import type { Front, MakeFront } from "./front.js";
import type { RouterGeneration } from "./generation.js";
import type { ReloadOutcome } from "./outcome.js";
import type { PluginWorld } from "./plugin-env.js";
import { PortFailure, Ports } from "./ports.js";
import { failed, failedBy, type ReadPlan, Reloads } from "./reloads.js";
import { SharedScopes } from "./shared-scopes.js";
import { withinGrace } from "./within-grace.js";

/** How a running proxy comes to other plans. Absent: not at all. */
export interface Reloading {
  readonly world: PluginWorld;
  readonly read?: ReadPlan | undefined;
}

const portsHere: MakeFront = ({ clock }) => new Ports(clock);

/** A proxy that takes requests: the edition that runs, and those before it as long as they have requests in flight. */
export class Running implements RunningProxy {
  readonly #env: ProxyEnv;
  readonly #telemetry: Telemetry;
  readonly #scopes: SharedScopes;
  readonly #editions: Editions;
  readonly #front: Front;
  readonly #readiness: Readiness;
  readonly #admin: AdminServer;
  readonly #identifiers: IdentifierServer | undefined;
  readonly #reloads: Reloads;
  readonly #shutdown = new AbortController();
  readonly #cut: { add(n?: number): void };
  readonly #world: PluginWorld | undefined;
  readonly #retiring = new Set<RouterGeneration>();
  #edition: Edition;
  #adminAt: Listening | undefined;
  #drained: Promise<void> | undefined;
  #requestsCut = false;
  #listens = false;
  #closed = false;

  /** Rejects with PROXY_LISTEN or PROXY_TLS_FILES, or with what `first` throws; then nothing is left running. */
  static async start(
    env: ProxyEnv,
    first: (editions: Editions) => Edition,
    reloading?: Reloading,
    makeFront: MakeFront = portsHere,
  ): Promise<Running> {
    const running = new Running(env, first, reloading, makeFront);
    try {
      await running.#listen();
      return running;
    } catch (thrown) {
      running.close();
      throw thrown instanceof PortFailure ? thrown.cause : thrown;
    }
  }

  private constructor(
    env: ProxyEnv,
    first: (editions: Editions) => Edition,
    reloading: Reloading | undefined,
    makeFront: MakeFront,
  ) {
    const { clock, random, log, metrics } = env;
    this.#env = env;
    this.#world = reloading?.world;
    this.#telemetry = new Telemetry(env);
    this.#scopes = new SharedScopes(metrics, clock);
    this.#editions = new Editions(env, this.#scopes, this.#telemetry);
    this.#front = makeFront({ clock, random, log, metrics, scopes: this.#scopes });
    try {
      this.#edition = first(this.#editions);
    } catch (thrown) {
      this.#telemetry.close();
      throw thrown;
    }
    const edition = () => this.#edition;
    const { admin: plan } = this.#edition;
    const mounted = () => edition().mount.value.mounted;
    this.#readiness = new Readiness(mounted, () => this.#listens && this.#front.accepting, clock);
    this.#cut = metrics.scope("config", "reload").counter("cut");
    this.#reloads = new Reloads({ log, metrics, read: reloading?.read, apply: (next) => this.#apply(next) });
    const sources = {
      document: () => edition().document,
      mounted,
      routers: () => edition().routers.map(pageOf),
      clients: async () => [
        ...edition().routers.map(({ router }) => router.names.state()),
        ...(await this.#front.clients()),
      ],
      telemeters: () => edition().reporting.value.pages,
      shutdown: () => this.#shutdown.abort(),
    };
    const more = [
      ...this.#readiness.pages,
      ...this.#front.pages,
      ...(reloading === undefined ? [] : [reloadPage(() => this.reload())]),
    ];
    const pages = adminPages(sources, env, more);
    const { ip, port, httpIdentifierPort } = plan;
    const routers = () => edition().routers.map(({ router }) => router);
    this.#identifiers =
      httpIdentifierPort === undefined ? undefined : new IdentifierServer({ ip, port: httpIdentifierPort }, routers);
    const guard = { ip, hosts: (env.adminHosts ?? []).map((host) => host.toLowerCase()) };
    const options = {
      port,
      tls: plan.tls && new ServerTls(plan.tls, { clock, log, metrics: metrics.scope("admin") }),
      get security() {
        return edition().admin.security;
      },
    };
    this.#admin = new AdminServer(pages, guard, options, { clock, log });
  }

  get admin(): { readonly host: string; readonly port: number } {
    if (this.#adminAt === undefined) throw new TypeError("the admin server does not listen yet");
    return this.#adminAt;
  }

  get servers(): readonly ServingAt[] {
    return this.#front.serving;
  }

  get shutdown(): AbortSignal {
    return this.#shutdown.signal;
  }

  reload(plan?: Plan): Promise<ReloadOutcome> {
    return this.#reloads.reload(plan);
  }

  updates(): { treeUpdates: number; addrUpdates: number } {
    let treeUpdates = 0;
    let addrUpdates = 0;
    for (const { router } of this.#edition.routers) {
      const counts = router.names.updates();
      treeUpdates += counts.treeUpdates;
      addrUpdates += counts.addrUpdates;
    }
    return { treeUpdates, addrUpdates };
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#readiness.close();
    this.#cutRequests();
    this.#admin.close();
    this.#identifiers?.close();
    this.#telemetry.close();
    this.#edition.mount.release();
    this.#edition.reporting.release();
    this.#scopes.close();
  }

  async #listen(): Promise<void> {
    this.#adminAt = await this.#admin.listen();
    await this.#identifiers?.listen();
    (await this.#front.prepare(this.#edition)).commit(this.#edition.admin.shutdownGraceMs);
    this.#listens = true;
  }

  async #drain(): Promise<void> {
    const { clock, log } = this.#env;
    const { shutdownGraceMs } = this.#edition.admin;
    this.#readiness.draining = true;
    const since = clock.now();
    await withinGrace(
      this.#front.drain(shutdownGraceMs),
      (expired) => clock.after(shutdownGraceMs + this.#front.lastWordsMs, expired),
      () => log.warn({}, `requests were still in flight after ${shutdownGraceMs} ms and are cut`),
    );
    // Before the last words of telemetry, as they are about these, too.
    this.#cutRequests();
    await this.#telemetry.drain(shutdownGraceMs - (clock.now() - since));
    this.close();
  }

  #cutRequests(): void {
    if (this.#requestsCut) return;
    this.#requestsCut = true;
    this.#front.close();
    for (const generation of [...this.#edition.routers, ...this.#retiring]) generation.close();
  }

  async #apply(plan: Plan): Promise<ReloadOutcome> {
    const world = this.#world;
    if (world === undefined) return failed("PROXY_RELOAD", "this proxy was not started from a configuration");
    if (this.#ending) return failed("PROXY_RELOAD", "the proxy is shutting down");
    const before = this.#edition;
    const { edition, changes } = this.#editions.planned(plan, world, before);
    const { shutdownGraceMs: graceMs } = plan.admin;
    try {
      const ports = await this.#front.prepare(edition);
      if (this.#ending) {
        ports.discard();
        release(edition, before);
        return failed("PROXY_RELOAD", "the proxy is shutting down");
      }
      const restart = ports.commit(graceMs);
      this.#edition = edition;
      this.#retire(before, edition, graceMs);
      const { routers, namers, telemeters, warnings } = changes;
      return { ok: true, routers, namers, telemeters, warnings: [...warnings, ...restart] };
    } catch (thrown) {
      release(edition, before);
      return thrown instanceof PortFailure ? failedBy(thrown.cause, thrown.at) : failedBy(thrown);
    }
  }

  get #ending(): boolean {
    return this.#closed || this.#drained !== undefined;
  }

  #retire(before: Edition, after: Edition, graceMs: number): void {
    for (const generation of before.routers) {
      if (after.routers.includes(generation)) continue;
      this.#retiring.add(generation);
      generation.retire(
        graceMs,
        this.#front.left(generation),
        (requests) => this.#cut.add(requests),
        () => this.#retiring.delete(generation),
      );
    }
    before.mount.release();
    before.reporting.release();
  }
}

/** Ends what is only of this edition. */
function release(edition: Edition, before: Edition): void {
  for (const generation of edition.routers) if (!before.routers.includes(generation)) generation.close();
  edition.mount.release();
  edition.reporting.release();
}

function pageOf({ plan, interpreter }: RouterGeneration) {
  return { label: plan.label, dtab: plan.dtab, kind: plan.interpreter.kind, interpreter };
}
