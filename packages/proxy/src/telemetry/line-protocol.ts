import type { Clock, Series } from "@namerkit/core";
import { labelledScope } from "./scope-labels.js";
import { Turns } from "./turns.js";

const chunkSize = 32_768;

const stats = ["max", "min", "p50", "p90", "p95", "p99", "sum", "avg"] as const;

export interface LineProtocolOptions {
  /** The tag `host`; undefined: none. */
  readonly host: string | undefined;
  readonly clock: Pick<Clock, "now">;
}

/**
 * InfluxDB's line protocol as Linkerd writes it: a measurement for each scope (rt:client), with its labels as tags, and its series as
 * fields, all of them floats; what has no scope stands under `root`. Without time stamps: the database takes its own time.
 */
export async function* lineProtocol(
  all: Iterable<Series>,
  { host, clock }: LineProtocolOptions,
): AsyncGenerator<string, void, undefined> {
  const turns = new Turns(clock);
  let text = "";
  let scope: readonly string[] | undefined;
  let line = "";
  let fields = 0;
  for (const series of all) {
    if (series.scope !== scope) {
      if (fields > 0) text += `${line}\n`;
      scope = series.scope;
      line = keyOf(scope, host);
      fields = 0;
    }
    for (const [name, value] of fieldsOf(series)) {
      if (!Number.isFinite(value)) continue;
      line += `${fields++ === 0 ? " " : ","}${escaped(name)}=${value}`;
    }
    if (text.length > chunkSize) {
      yield text;
      text = "";
    }
    if (turns.over()) await turns.next();
  }
  if (fields > 0) text += `${line}\n`;
  if (text !== "") yield text;
}

function keyOf(scope: readonly string[], host: string | undefined): string {
  const { names, labels } = labelledScope(scope);
  const measurement = names.length === 0 ? "root" : names.join(":");
  const tags = host === undefined || host === "" ? labels : [...labels, ["host", host] as const];
  const sorted = [...tags].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    plain(measurement).replace(/[, ]/g, "\\$&"),
    ...sorted.map(([key, value]) => `${key}=${escaped(value)}`),
  ].join(",");
}

function fieldsOf(series: Series): (readonly [string, number])[] {
  if (series.type !== "histogram") return [[series.name, series.value]];
  const { name, summary } = series;
  const count = [`${name}_count`, summary.count] as const;
  if (summary.count === 0) return [count];
  const rest = stats.map((stat) => [`${name}_${stat}`, summary[stat]] as const);
  return [count, ...rest, [`${name}_p999`, summary.p9990], [`${name}_p9999`, summary.p9999]];
}

/** Of tags and of the keys of fields. */
function escaped(text: string): string {
  return plain(text).replace(/[,= ]/g, "\\$&");
}

/** A line feed would begin the next line, and a backslash at the end would escape what comes after it. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, "_").replace(/\\$/, "_");
}
