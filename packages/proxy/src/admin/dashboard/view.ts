import type { Clock } from "@namerkit/core";
import { Turns } from "../../telemetry/turns.js";
import { growth, type Row, rateOf, rowOf, type Span } from "./row.js";
import type { Counted, RouterSample } from "./sample.js";
import type { Sampled } from "./sampler.js";

export const sorts = ["rate", "requests", "failures", "pending", "latency", "name"] as const;
export type Sort = (typeof sorts)[number];

/** What of the lists is wanted. */
export interface Wanted {
  /** The only router whose lists are wanted; undefined: the first rows of every one's. */
  readonly router: string | undefined;
  readonly sort: Sort;
  /** Only names with this text in them. */
  readonly find: string;
  /** From 0 on. */
  readonly page: { readonly services: number; readonly clients: number };
  readonly size: number;
}

export interface Table {
  /** How many there are. */
  readonly total: number;
  /** How many of them have the text in their names. */
  readonly matching: number;
  /** The page that the rows are, which is the last one where a later one was asked for. */
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly Row[];
}

export interface RouterView {
  readonly label: string;
  readonly rate: number | null;
  readonly success: number | null;
  readonly requests: number;
  readonly failures: number;
  readonly pending: number;
  readonly incoming: number;
  readonly outgoing: number;
  /** Retries and requeues per second. */
  readonly retries: number | null;
  readonly servers: readonly Row[];
  /** Null: of another router. */
  readonly services: Table | null;
  readonly clients: Table | null;
}

/** Of each router, where all are shown. */
const firstRows = 5;
/** Any configuration has few servers; these are what is shown of a strange one. */
const maxServers = 50;

export async function routersView(
  { sample, at, before }: Sampled,
  labels: readonly string[],
  wanted: Wanted,
  clock: Pick<Clock, "now">,
): Promise<readonly RouterView[]> {
  const seconds = before && (at - before.at) / 1_000;
  const turns = new Turns(clock);
  const views: RouterView[] = [];
  for (const label of labels) {
    const now = sample.routers.get(label) ?? emptyRouter(label);
    const was = before?.sample.routers.get(label);
    const spans = (kind: "servers" | "services" | "clients"): Span[] =>
      [...now[kind].values()].map((one) => ({ now: one, before: was?.[kind].get(one.name), seconds }));
    const [servers, services, clients] = [spans("servers"), spans("services"), spans("clients")];
    const shown = wanted.router === undefined || wanted.router === label;
    const size = wanted.router === undefined ? Math.min(wanted.size, firstRows) : wanted.size;
    const requeues = total(clients, (one) => rateOf(one, "retries/requeues"));
    views.push({
      label,
      ...totals(servers, clients),
      retries: total(services, (one) => rateOf(one, "retries/total"), requeues),
      servers: servers.slice(0, maxServers).map(rowOf),
      services: shown ? await tableOf(services, wanted, wanted.page.services, size, turns) : null,
      clients: shown ? await tableOf(clients, wanted, wanted.page.clients, size, turns) : null,
    });
  }
  return views;
}

function totals(servers: readonly Span[], clients: readonly Span[]) {
  const sum = (spans: readonly Span[], name: string) =>
    spans.reduce((so, { now }) => so + (now.values.get(name) ?? 0), 0);
  const grown = (name: string) =>
    servers.reduce((so, one) => so + (one.seconds === undefined ? 0 : growth(one, name)), 0);
  const [good, bad] = [grown("success"), grown("failures")];
  return {
    rate: total(servers, (one) => rateOf(one)),
    success: good + bad === 0 ? null : good / (good + bad),
    requests: sum(servers, "requests"),
    failures: sum(servers, "failures"),
    pending: sum(servers, "pending"),
    incoming: sum(servers, "connections"),
    outgoing: sum(clients, "connections"),
  };
}

/** Null as long as nothing is known. */
function total(spans: readonly Span[], of: (span: Span) => number | null, more: number | null = null): number | null {
  return spans.reduce<number | null>((so, one) => {
    const value = of(one);
    return value === null ? so : (so ?? 0) + value;
  }, more);
}

/** Rows are made of what is shown only: of thousands of clients that is where the time would go. */
async function tableOf(
  spans: readonly Span[],
  { sort, find }: Wanted,
  page: number,
  size: number,
  turns: Turns,
): Promise<Table> {
  const text = find.toLowerCase();
  const matching = text === "" ? [...spans] : spans.filter(({ now }) => now.name.toLowerCase().includes(text));
  const keyed: { readonly span: Span; readonly key: number }[] = [];
  for (const span of matching) {
    keyed.push({ span, key: sort === "name" ? 0 : keyOf(span, sort) });
    if (turns.over()) await turns.next();
  }
  keyed.sort((a, b) => b.key - a.key || (a.span.now.name < b.span.now.name ? -1 : 1));
  const pages = Math.max(1, Math.ceil(keyed.length / size));
  const at = Math.min(page, pages - 1);
  const rows = keyed.slice(at * size, (at + 1) * size).map(({ span }) => rowOf(span));
  return { total: spans.length, matching: matching.length, page: at, pages, rows };
}

function keyOf(span: Span, sort: Exclude<Sort, "name">): number {
  switch (sort) {
    case "rate":
      return rateOf(span) ?? span.now.values.get("requests") ?? 0;
    case "failures":
      // Those that fail now before those that have failed once.
      return (
        (span.seconds === undefined ? 0 : growth(span, "failures") * 1e12) + (span.now.values.get("failures") ?? 0)
      );
    case "latency":
      span.now.p99 ??= span.now.latency?.summary.p99 ?? 0;
      return span.now.p99;
    default:
      return span.now.values.get(sort) ?? 0;
  }
}

function emptyRouter(label: string): RouterSample {
  return { label, servers: new Map(), services: new Map<string, Counted>(), clients: new Map() };
}
