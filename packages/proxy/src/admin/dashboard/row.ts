import type { Counted } from "./sample.js";

/** One server, service or client, as the dashboard shows it. */
export interface Row {
  readonly name: string;
  /** Requests per second between two samples; null: there is only one yet. */
  readonly rate: number | null;
  /** The share of them that succeeded; null: there were none. */
  readonly success: number | null;
  readonly requests: number;
  readonly failures: number;
  readonly pending: number;
  readonly connections: number;
  /** In milliseconds, of the last one to two minutes; null: there were no requests. */
  readonly latency: Latency | null;
  /** Of clients. */
  readonly endpoints: { readonly available: number; readonly size: number } | null;
  readonly balancer: string | null;
  /** The rest of what is worth knowing, by the names of the metrics. */
  readonly details: Readonly<Record<string, number>>;
}

interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p9990: number;
  readonly max: number;
}

/** Something counted now and a while ago. `seconds` undefined: only now. */
export interface Span {
  readonly now: Counted;
  readonly before: Counted | undefined;
  readonly seconds: number | undefined;
}

const balancers = ["p2c", "p2c_peak_ewma", "aperture_least_loaded", "heap_least_loaded", "round_robin"];
const details = [
  "status/1XX",
  "status/2XX",
  "status/3XX",
  "status/4XX",
  "status/5XX",
  "status/error",
  "retries/total",
  "retries/requeues",
  "retries/budget",
  "retries/budget_exhausted",
  "failure_accrual/removals",
  "failure_accrual/revivals",
  "failure_accrual/probes",
  "connects",
  "closes",
  "received_bytes",
  "sent_bytes",
];

/** How much a counter has grown; one that has begun anew meanwhile counts from 0. */
export function growth({ now, before }: Span, name: string): number {
  const value = now.values.get(name) ?? 0;
  const was = before?.values.get(name) ?? 0;
  return value < was ? value : value - was;
}

export function rateOf(span: Span, name = "requests"): number | null {
  return span.seconds === undefined ? null : growth(span, name) / span.seconds;
}

export function rowOf(span: Span): Row {
  const { now } = span;
  const value = (name: string) => now.values.get(name) ?? 0;
  const [good, bad] = span.seconds === undefined ? [0, 0] : [growth(span, "success"), growth(span, "failures")];
  const size = now.values.get("loadbalancer/size");
  return {
    name: now.name,
    rate: rateOf(span),
    success: good + bad === 0 ? null : good / (good + bad),
    requests: value("requests"),
    failures: value("failures"),
    pending: value("pending"),
    connections: value("connections"),
    latency: latencyOf(now),
    endpoints: size === undefined ? null : { available: value("loadbalancer/available"), size },
    balancer: balancers.find((kind) => now.values.has(`loadbalancer/${kind}`)) ?? null,
    details: Object.fromEntries(details.flatMap((name) => (now.values.has(name) ? [[name, value(name)]] : []))),
  };
}

function latencyOf({ latency }: Counted): Latency | null {
  const summary = latency?.summary;
  if (summary === undefined || summary.count === 0) return null;
  const { p50, p90, p95, p99, p9990, max } = summary;
  return { p50, p90, p95, p99, p9990, max };
}
