import type { Clock, MemoryMetrics, Series } from "@namerkit/core";
import { Turns } from "../telemetry/turns.js";
import { type AdminAnswer, type AdminPage, type AdminRequest, json } from "./answer.js";

const stats = ["max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg"] as const;

/** /admin/metrics.json: flat by default; `pretty=1` sorts and indents, `tree=1` nests, `q=rt/http` shows one branch. */
export function metricsPage(metrics: MemoryMetrics, clock: Pick<Clock, "now">): AdminPage {
  return {
    path: "/admin/metrics.json",
    methods: ["GET"],
    about: "metrics; ?pretty=1, ?tree=1, ?q=rt/http",
    handle: async ({ query }: AdminRequest): Promise<AdminAnswer> => {
      const branch = (query.get("q") ?? "").split("/").filter((part) => part !== "");
      const pretty = truthy(query.get("pretty"));
      const add = truthy(query.get("tree")) ? addToTree : addFlat;
      const value: Branch = Object.create(null);
      const turns = new Turns(clock);
      let none = true;
      for (const series of metrics.series()) {
        if (turns.over()) await turns.next();
        const path = below(branch.join("/"), series);
        if (path === undefined) continue;
        none = false;
        add(value, path, series);
      }
      if (none && branch.length > 0) return json(404, { error: `No such subtree: ${branch.join("/")}` });
      return json(200, pretty ? sorted(value) : value, pretty);
    },
  };
}

/**
 * Where a series stands below a branch; undefined if it does not. A scope that names one thing (a client's id, a service, a server's
 * ip/port) is one segment, whatever slashes are in it, and stays one, as in Linkerd; but a branch is asked for as text, so it may end
 * inside one.
 */
function below(branch: string, { scope, name }: Series): readonly string[] | undefined {
  const path = [...scope, name];
  if (branch === "") return path;
  const key = path.join("/");
  if (key === branch) return [name];
  return key.startsWith(`${branch}/`) ? withoutBeginning(path, branch.length + 1) : undefined;
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

interface Branch {
  [name: string]: Branch | number;
}

function addFlat(all: Branch, path: readonly string[], series: Series): void {
  const key = path.join("/");
  if (series.type !== "histogram") all[key] = series.value;
  else for (const [stat, value] of statsOf(series)) all[`${key}.${stat}`] = value;
}

/** Linkerd's nesting: a leaf is `{counter}`, `{gauge}` or `{stat.count, stat.p99, …}`. */
function addToTree(root: Branch, path: readonly string[], series: Series): void {
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
