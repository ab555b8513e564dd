import type { Clock, HistogramSummary, Series } from "@namerkit/core";
import { labelledScope } from "./scope-labels.js";
import { Turns } from "./turns.js";

const chunkSize = 32_768;

export interface ExpositionOptions {
  /** What every name begins with. */
  readonly prefix: string;
  readonly clock: Pick<Clock, "now">;
}

/** One after the other in two lists: there may be half a million, and what has to be collected again holds requests up. */
interface Family {
  readonly type: Series["type"];
  readonly series: Series[];
  /** Of each, without braces. */
  readonly labels: string[];
}

/**
 * The text format of Prometheus, version 0.0.4, under Linkerd's names and labels. Comes in pieces, and lets other work pass while it
 * is put together. Linkerd's own exposition has no TYPE, spreads families over the page, and loses characters of labels; here they
 * are whole. Counts and sums of histograms never go back; the quantiles are of the last one to two minutes.
 */
export async function* exposition(
  all: Iterable<Series>,
  { prefix, clock }: ExpositionOptions,
): AsyncGenerator<string, void, undefined> {
  const turns = new Turns(clock);
  const families = new Map<string, Family>();
  const names = new Names(prefix);
  for (const series of all) {
    const { family, labels } = names.of(series);
    const known = families.get(family);
    if (known === undefined) families.set(family, { type: series.type, series: [series], labels: [labels] });
    // Otherwise two names differ only in what a name cannot hold.
    else if (known.type === series.type) {
      known.series.push(series);
      known.labels.push(labels);
    }
    if (turns.over()) await turns.next();
  }
  const taken = namesOfHistograms(families);
  let text = "";
  for (const [family, { type, ...members }] of families) {
    if (taken.has(family)) continue;
    for (const part of type === "histogram" ? [summaries, averages] : [plain]) {
      const written = new Set<string>();
      for (const [index, series] of members.series.entries()) {
        const labels = members.labels[index] as string;
        if (written.has(labels)) continue;
        const lines = part.lines(family, labels, series);
        if (lines === "") continue;
        if (written.size === 0) text += part.head(family, type);
        written.add(labels);
        text += lines;
        if (text.length > chunkSize) {
          yield text;
          text = "";
        }
        if (turns.over()) await turns.next();
      }
    }
  }
  if (text !== "") yield text;
}

interface Part {
  head(family: string, type: Series["type"]): string;
  /** Empty where there is nothing to tell. */
  lines(family: string, labels: string, series: Series): string;
}

const plain: Part = {
  head: (family, type) => `# TYPE ${family} ${type}\n`,
  lines: (family, labels, series) =>
    series.type === "histogram" ? "" : `${family}${braced(labels)} ${shown(series.value)}\n`,
};

const quantiles = [
  ["0", "min"],
  ["0.5", "p50"],
  ["0.9", "p90"],
  ["0.95", "p95"],
  ["0.99", "p99"],
  ["0.999", "p9990"],
  ["0.9999", "p9999"],
  ["1", "max"],
] as const satisfies readonly (readonly [string, keyof HistogramSummary])[];

const summaries: Part = {
  head: (family) => `# TYPE ${family} summary\n`,
  lines(family, labels, series) {
    if (series.type !== "histogram") return "";
    const { summary } = series;
    const before = labels === "" ? "" : `${labels}, `;
    let lines = "";
    if (summary.count > 0) {
      for (const [quantile, key] of quantiles) {
        lines += `${family}{${before}quantile="${quantile}"} ${shown(summary[key])}\n`;
      }
    }
    const inner = braced(labels);
    return `${lines}${family}_sum${inner} ${shown(summary.totalSum)}\n${family}_count${inner} ${summary.totalCount}\n`;
  },
};

/** Linkerd tells it, and a summary has no place for it. */
const averages: Part = {
  head: (family) => `# TYPE ${family}_avg gauge\n`,
  lines(family, labels, series) {
    if (series.type !== "histogram") return "";
    const { count, avg } = series.summary;
    return count === 0 ? "" : `${family}_avg${braced(labels)} ${shown(avg)}\n`;
  },
};

function namesOfHistograms(families: ReadonlyMap<string, Family>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [family, { type }] of families) {
    if (type === "histogram") for (const end of ["_sum", "_count", "_avg"]) names.add(family + end);
  }
  return names;
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function shown(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

interface ScopeName {
  readonly names: readonly string[];
  /** Escaped, with a colon at the end unless it is empty. */
  readonly prefix: string;
  readonly labels: string;
  /** Whether it is about an exception. */
  readonly failures: boolean;
}

/** Works names out, for each scope once: all of its series come together. */
class Names {
  readonly #prefix: string;
  #scope: readonly string[] | undefined;
  #name: ScopeName | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of({ scope, name }: Series): { family: string; labels: string } {
    if (this.#name === undefined || scope !== this.#scope) {
      this.#scope = scope;
      this.#name = this.#nameOf(scope);
    }
    const { names, prefix, labels, failures } = this.#name;
    if (!failures) return { family: named(prefix + escapedName(name)), labels };
    return this.#exception([...names, name], labels);
  }

  #nameOf(scope: readonly string[]): ScopeName {
    const { names, labels } = labelledScope(scope);
    const prefix = [this.#prefix + (names[0] ?? ""), ...names.slice(1)].map(escapedName).join(":");
    return {
      names,
      prefix: names.length === 0 ? prefix : `${prefix}:`,
      labels: labels.map(label).join(", "),
      failures: names.includes("failures") || names.includes("exn"),
    };
  }

  /** rt/http/server/…/failures/java.io.IOException is rt:server:failures with a label. */
  #exception(path: readonly string[], labels: string): { family: string; labels: string } {
    const at = path.findIndex((one) => one === "failures" || one === "exn");
    const own = path.slice(0, at + 1).map((one) => escapedName(one === "exn" ? "exceptions" : one));
    const exception = label(["exception", path.slice(at + 1).join(":")]);
    const family = named(escapedName(this.#prefix) + own.join(":"));
    return { family, labels: labels === "" ? exception : `${labels}, ${exception}` };
  }
}

function escapedName(name: string): string {
  return name.replace(/[^a-zA-Z0-9:]/g, "_");
}

/** A name cannot begin with a digit, nor be empty. */
function named(name: string): string {
  return /^[a-zA-Z_:]/.test(name) ? name : `_${name}`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function label([name, value]: readonly [string, string]): string {
  return `${name}="${value.replace(/[\\"\n]/g, (one) => escapes[one] as string)}"`;
}
