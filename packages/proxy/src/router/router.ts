import { createNameClient, type NameClient } from "@namerkit/client";
import type { RouterPlan } from "@namerkit/config";
import { type Closable, type Metrics, type MountedNamer, type RequestObserver, statusesOf } from "@namerkit/core";
import type { AssembledRouter, ProxyEnv } from "../assembly.js";
import { Compression } from "../http/compression.js";
import { Deadlines } from "../http/deadlines.js";
import { HeaderNames, requestRulesWithout, responseRules } from "../http/header-names.js";
import { defaultLimits, type HttpLimits } from "../http/limits.js";
import { Tracing } from "../telemetry/tracing.js";
import { tlsConnector } from "../tls/client-tls.js";
import { connectTcp } from "../upstream/connect.js";
import { ClientUse, ServiceUse } from "./attachments.js";
import type { RouterRuntime } from "./runtime.js";

/** The world of a router. */
export type RouterEnv = Omit<ProxyEnv, "metrics"> & { readonly metrics: Metrics };

/** One router, without its ports: names, connections to endpoints, statistics. */
export class Router implements RouterRuntime {
  readonly label;
  readonly dtab;
  readonly identifiers;
  readonly names: NameClient<ServiceUse, ClientUse>;
  readonly limits: HttpLimits;
  readonly deadlines: Deadlines;
  readonly requestHeaders: HeaderNames;
  readonly responseHeaders = new HeaderNames(responseRules);
  readonly compression: Compression | undefined;
  readonly clock;
  readonly random;
  readonly log;
  readonly tracing: Tracing;
  readonly observers: readonly RequestObserver[];
  /** Of traces that nobody has decided about. */
  readonly sampleRate: number | undefined;
  /** `rt/<label>`. */
  readonly metrics: Metrics;
  readonly #originator: Closable | undefined;

  constructor(
    { plan, interpreter, identifiers, statusOf }: AssembledRouter,
    mounted: readonly MountedNamer[],
    env: RouterEnv,
  ) {
    const { clock, random, log } = env;
    const metrics = env.metrics.scope("rt", plan.label);
    this.metrics = metrics;
    this.label = plan.label;
    this.dtab = plan.dtab;
    this.identifiers = identifiers;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.sampleRate = env.sampleRate;
    this.tracing = new Tracing({ kind: plan.tracePropagator, random, sampleRate: env.sampleRate });
    this.requestHeaders = new HeaderNames(requestRulesWithout(this.tracing.consumed));
    this.observers = env.observers?.(plan.label) ?? [];
    this.limits = limitsOf(plan, env.limits);
    this.compression = plan.compressionLevel === 0 ? undefined : new Compression(plan.compressionLevel);
    this.deadlines = new Deadlines(clock, sweepMs(this.limits));
    const use = { clock, limits: this.limits };
    const connector = env.connector ?? connectTcp;
    const secure = { clock, log, baseDir: "." };
    const { paths, trees, bounds, clients, idleTtlSecs } = plan.bindingCache;
    this.names = createNameClient<ServiceUse, ClientUse>({
      interpreter,
      dtab: plan.dtab,
      clock,
      random,
      metrics,
      log,
      bindingTimeoutMs: plan.bindingTimeoutMs,
      cache: { paths, trees, bounds, clients, idleTtlMs: idleTtlSecs * 1_000 },
      failover: plan.failover,
      tuning: (id) => {
        const { loadBalancer, failureAccrual, requeueBudget, failFast } = plan.client.of(id);
        return { loadBalancer, failureAccrual, requeueBudget, failFast };
      },
      statusOf:
        statusOf ??
        ((name, local) =>
          statusesOf(plan.dtab.concat(local), name, mounted)
            .sample()
            .find((status) => status.lastError !== undefined)),
      attachService: (path) => new ServiceUse(path, metrics, { clock, random, settings: plan.service.of(path) }),
      attachClient: (id) => {
        const settings = plan.client.of(id);
        const { tls } = settings;
        const connect = tls === undefined ? connector : tlsConnector(connector, tls, secure);
        return new ClientUse(id, metrics, { ...use, settings, connector: connect });
      },
    });
    this.#originator = plan.originator ? metrics.gauge("originator", () => 1) : undefined;
  }

  close(): void {
    this.names.close();
    this.deadlines.close();
    this.#originator?.close();
  }
}

function limitsOf(plan: RouterPlan, given: Partial<HttpLimits> | undefined): HttpLimits {
  return {
    ...defaultLimits,
    connectMs: Math.min(defaultLimits.connectMs, plan.bindingTimeoutMs),
    requestLineBytes: plan.maxInitialLineKB * 1_024,
    requestHeadBytes: plan.maxHeadersKB * 1_024,
    errorBodyBytes: plan.maxErrResponseKB * 1_024,
    errorHeaderBytes: plan.maxHeadersKB * 1_024,
    ...given,
  };
}

/** A deadline is noticed at most this late: a tenth of the shortest, within reason. */
function sweepMs(limits: HttpLimits): number {
  const shortest = Math.min(limits.uploadIdleMs, limits.readerStallMs, limits.responseMs, limits.responseIdleMs);
  return Math.max(10, Math.min(1_000, shortest / 10));
}
