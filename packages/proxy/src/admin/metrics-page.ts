import type { MemoryMetrics, Series } from "@namerkit/core";
import { type AdminAnswer, type AdminPage, type AdminRequest, json } from "./answer.js";

const stats = ["max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg"] as const;

/** /admin/metrics.json: flat by default; `pretty=1` sorts and indents, `tree=1` nests, `q=rt/http` shows one branch. */
export function metricsPage(metrics: MemoryMetrics): AdminPage {
  return {
    path: "/admin/metrics.json",
    methods: ["GET"],
    about: "metrics; ?pretty=1, ?tree=1, ?q=rt/http",
    handle: ({ query }: AdminRequest): AdminAnswer => {
      const branch = (query.get("q") ?? "").split("/").filter((part) => part !== "");
      const found = within(metrics.series(), branch);
      if (branch.length > 0 && found.length === 0) {
        return json(404, { error: `No such subtree: ${branch.join("/")}` });
      }
      const pretty = truthy(query.get("pretty"));
      const value = truthy(query.get("tree")) ? tree(found) : flat(found);
      return json(200, pretty ? sorted(value) : value, pretty);
    },
  };
}

interface Found {
  readonly path: readonly string[];
  readonly series: Series;
}

/**
 * The series below a branch, with the branch taken off. A scope that names one thing (a client's id, a service, a server's ip/port) is
 * one segment, whatever slashes are in it, and stays one, as in Linkerd; but a branch is asked for as text, so it may end inside one.
 */
function within(all: Iterable<Series>, branch: readonly string[]): Found[] {
  const wanted = branch.join("/");
  const found: Found[] = [];
  for (const series of all) {
    const path = [...series.scope, series.name];
    if (wanted === "") found.push({ path, series });
    else {
      const key = path.join("/");
      if (key === wanted) found.push({ path: [series.name], series });
      else if (key.startsWith(`${wanted}/`)) found.push({ path: withoutBeginning(path, wanted.length + 1), series });
    }
  }
  return found;
}

/** The segments that are left when so many characters of their text, "/" between them included, are taken off. */
function withoutBeginning(path: readonly string[], characters: number): readonly string[] {
  let left = characters;
  for (const [i, segment] of path.entries()) {
    if (left < segment.length) return left === 0 ? path.slice(i) : [segment.slice(left), ...path.slice(i + 1)];
    left -= segment.length + 1;
  }
  return [];
}

function flat(found: readonly Found[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { path, series } of found) {
    const key = path.join("/");
    if (series.type !== "histogram") all[key] = series.value;
    else for (const [stat, value] of statsOf(series)) all[`${key}.${stat}`] = value;
  }
  return all;
}

interface Branch {
  [name: string]: Branch | number;
}

/** Linkerd's nesting: a leaf is `{counter}`, `{gauge}` or `{stat.count, stat.p99, …}`. */
function tree(found: readonly Found[]): Branch {
  const root: Branch = Object.create(null);
  for (const { path, series } of found) {
    let at = root;
    for (const part of path) {
      let next = at[part];
      if (typeof next !== "object") {
        next = Object.create(null) as Branch;
        at[part] = next;
      }
      at = next;
    }
    if (series.type !== "histogram") at[series.type] = series.value;
    else for (const [stat, value] of statsOf(series)) at[`stat.${stat}`] = value;
  }
  return root;
}

function statsOf({ summary }: Extract<Series, { type: "histogram" }>): [string, number][] {
  const all: [string, number][] = [["count", summary.count]];
  if (summary.count > 0) for (const stat of stats) all.push([stat, summary[stat]]);
  return all;
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) copy[key] = sorted(inner);
  return copy;
}

function truthy(value: string | null): boolean {
  return value === "1" || value === "true";
}
