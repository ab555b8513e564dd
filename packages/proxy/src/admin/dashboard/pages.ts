import process from "node:process";
import { type Clock, escapeHtml, type Series } from "@namerkit/core";
import { type AdminPage, type AdminRequest, json } from "../answer.js";
import { version } from "../server-info.js";
import { Sampler } from "./sampler.js";
import { routersView, sorts, type Wanted } from "./view.js";

const rowsByDefault = 20;
const maxRows = 200;

/**
 * / for people, and what it goes by once a second: /dashboard.json, a summary of the metrics that stays small however many clients there
 * are: `router`, `find`, `sort`, `services` and `clients` (pages from 0 on) and `size` choose among the rows.
 */
export function dashboardPages(
  labels: () => readonly string[],
  registry: { series(): Iterable<Series> },
  clock: Clock,
): readonly AdminPage[] {
  const sampler = new Sampler(registry, clock);
  return [
    {
      path: "/",
      methods: ["GET"],
      about: "the dashboard",
      navigation: "Dashboard",
      handle: (request) => request.page({ title: "Dashboard", body: body(), script: "dashboard.js" }),
    },
    {
      path: "/dashboard.json",
      methods: ["GET"],
      about: "what the dashboard shows; ?router=, &find=, &sort=, &services=, &clients=, &size=",
      handle: async ({ query }) => {
        const sampled = await sampler.get();
        const { at, before, sample } = sampled;
        return json(200, {
          at: Math.round(at),
          seconds: before === undefined ? null : (at - before.at) / 1_000,
          process: { version, node: process.versions.node, ...processOf(sample.process) },
          routers: await routersView(sampled, labels(), wantedOf(query), clock),
        });
      },
    },
  ];
}

function wantedOf(query: AdminRequest["query"]): Wanted {
  const sort = sorts.find((one) => one === query.get("sort")) ?? "rate";
  const size = Math.min(maxRows, Math.max(1, whole(query.get("size"), rowsByDefault)));
  const page = { services: whole(query.get("services"), 0), clients: whole(query.get("clients"), 0) };
  return { router: query.get("router") || undefined, sort, find: query.get("find") ?? "", page, size };
}

function whole(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

function processOf(values: ReadonlyMap<string, number>) {
  const value = (name: string) => values.get(name) ?? null;
  return {
    uptimeMs: value("jvm/uptime"),
    rss: value("jvm/mem/rss"),
    heapUsed: value("jvm/heap/used"),
    heapMax: value("jvm/heap/max"),
    threads: value("jvm/thread/count"),
    cpus: value("jvm/num_cpus"),
    gcMs: value("jvm/gc/msec"),
    cpuMs: value("node/cpu_ms"),
    lagMs: value("node/event_loop/lag_ms/p99"),
  };
}

/** What is there before the script has been told anything. */
function body(): string {
  const tabs = sorts.map((sort) => `<option value="${sort}">${escapeHtml(sortNames[sort])}</option>`);
  return `<h1 class="sr">Dashboard</h1>
<p id="problem" class="problem" role="alert" hidden></p>
<noscript><p class="problem">This page needs JavaScript. <a href="admin/metrics.json?pretty=1">The metrics</a> do not.</p></noscript>
<section id="tiles" class="tiles" aria-label="Totals"></section>
<form id="controls" class="controls" role="search">
<label>Router <select name="router"><option value="">all</option></select></label>
<label>Order <select name="sort">${tabs.join("")}</select></label>
<label class="grow">Find <input name="find" type="search" placeholder="part of a name" autocomplete="off" spellcheck="false"></label>
<button type="button" id="pause" aria-pressed="false">Pause</button>
</form>
<div id="routers"></div>
<footer id="process" class="hint"></footer>`;
}

const sortNames: Readonly<Record<(typeof sorts)[number], string>> = {
  rate: "busiest first",
  requests: "most requests ever",
  failures: "failing first",
  pending: "most in flight",
  latency: "slowest first",
  name: "by name",
};
