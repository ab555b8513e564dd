import type { ClientState } from "@namerkit/client";
import type { Interpreter, LogLevels, MountedNamer, PluginPage } from "@namerkit/core";
import type { ProxyEnv } from "../assembly.js";
import { type AdminPage, text } from "./answer.js";
import { dashboardPages } from "./dashboard/pages.js";
import { type DelegatorRouter, delegatorPage } from "./delegator-page.js";
import { loggingPages } from "./logging-pages.js";
import { metricsPage } from "./metrics-page.js";
import { boundNamesPage, clientStatePage, interpreterStatePages, namerStatePage } from "./name-pages.js";
import { playgroundPage } from "./playground-page.js";
import { PluginPages } from "./plugin-pages.js";
import { configPage, shutdownPage } from "./process-pages.js";
import { profilePages } from "./profiles.js";

/** What the pages speak of. Asked for at each request, as a reload may have changed it. */
export interface PageSources {
  readonly document: () => unknown;
  readonly mounted: () => readonly MountedNamer[];
  readonly routers: () => readonly PageRouter[];
  readonly clients: () => Promise<Iterable<Readonly<Record<string, ClientState>>>>;
  readonly telemeters: () => Iterable<PluginPage>;
  readonly shutdown: () => void;
}

export interface PageRouter extends DelegatorRouter {
  /** Of its interpreter. */
  readonly kind: string;
  readonly interpreter: Interpreter;
}

/** Every page of the admin server that speaks of the running proxy. `more`: what others bring. */
export function adminPages(
  sources: PageSources,
  {
    clock,
    log,
    metrics,
    logLevels,
  }: Pick<ProxyEnv, "clock" | "log" | "metrics"> & { logLevels?: LogLevels | undefined },
  more: readonly AdminPage[],
): () => readonly AdminPage[] {
  const { mounted, routers, clients, telemeters } = sources;
  const labels = () => routers().map(({ label }) => label);
  const lasting = [
    ...dashboardPages(labels, metrics, clock),
    playgroundPage(routers),
    ...(logLevels === undefined ? [] : loggingPages(logLevels)),
    { path: "/admin/ping", methods: ["GET"], about: "answers pong", handle: () => text(200, "pong") },
    shutdownPage(sources.shutdown),
    configPage(sources.document),
    metricsPage(metrics, clock),
    delegatorPage(routers, clock),
    clientStatePage(clients),
    ...profilePages(clock),
    ...more,
  ];
  const plugins = new PluginPages(log);
  return () => {
    const all = [
      ...lasting,
      boundNamesPage(mounted(), clock),
      namerStatePage(mounted()),
      ...interpreterStatePages(routers()),
    ];
    const brought = [
      ...telemeters(),
      ...mounted().flatMap(({ namer }) => namer.pages ?? []),
      ...routers().flatMap(({ interpreter }) => interpreter.pages ?? []),
    ];
    return [...all, ...plugins.behind(all, brought)];
  };
}
