/** A sample of the text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const types = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/**
 * Reads the text exposition format, version 0.0.4, and throws at whatever its documentation does not allow
 * (prometheus.io/docs/instrumenting/exposition_formats): names, escapes, numbers, one TYPE before the samples of a family, all lines
 * of a family together, no sample twice.
 */
export function parseExposition(text: string): { samples: Sample[]; types: Map<string, string> } {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has to end with a line feed");
  const samples: Sample[] = [];
  const typed = new Map<string, string>();
  const closed = new Set<string>();
  const seen = new Set<string>();
  let current: string | undefined;
  const enter = (family: string, line: string) => {
    if (family === current) return;
    if (closed.has(family)) throw new Error(`the family ${family} is not in one place: ${line}`);
    if (current !== undefined) closed.add(current);
    current = family;
  };
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "") continue;
    const comment = /^# (TYPE|HELP) (\S+) (.*)$/.exec(line);
    if (comment?.[1] === "TYPE") {
      const [, , family, type] = comment as unknown as [string, string, string, string];
      if (metricName.exec(family)?.[0] !== family) throw new Error(`not a name: ${family}`);
      if (!types.has(type)) throw new Error(`not a type: ${line}`);
      if (typed.has(family)) throw new Error(`a second TYPE: ${line}`);
      enter(family, line);
      typed.set(family, type);
      continue;
    }
    if (line.startsWith("#")) continue;
    const sample = parseSample(line);
    const family = familyOf(sample.name, typed);
    if (!typed.has(family)) throw new Error(`no TYPE before ${line}`);
    enter(family, line);
    if (typed.get(family) === "summary" && sample.name === family) checkQuantile(sample, line);
    else if (sample.labels.quantile !== undefined) throw new Error(`a quantile outside of a summary: ${line}`);
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`the same sample twice: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  return { samples, types: typed };
}

function familyOf(name: string, typed: ReadonlyMap<string, string>): string {
  const base = /^(.*)_(?:sum|count)$/.exec(name)?.[1];
  return base !== undefined && typed.get(base) === "summary" ? base : name;
}

function checkQuantile({ labels }: Sample, line: string): void {
  const quantile = Number(labels.quantile);
  if (!(quantile >= 0 && quantile <= 1)) throw new Error(`a summary without a quantile from 0 to 1: ${line}`);
}

function parseSample(line: string): Sample {
  const name = metricName.exec(line)?.[0];
  if (name === undefined) throw new Error(`not a name: ${line}`);
  let at = name.length;
  const labels: Record<string, string> = Object.create(null);
  if (line[at] === "{") {
    at++;
    for (;;) {
      at = afterBlanks(line, at);
      if (line[at] === "}") break;
      const key = labelName.exec(line.slice(at))?.[0];
      if (key === undefined) throw new Error(`not a label at ${at}: ${line}`);
      if (Object.hasOwn(labels, key)) throw new Error(`the label ${key} twice: ${line}`);
      at += key.length;
      if (line.slice(at, at + 2) !== '="') throw new Error(`no ="at ${at}: ${line}`);
      const value = quoted(line, at + 2);
      labels[key] = value.text;
      at = afterBlanks(line, value.end);
      if (line[at] === ",") at++;
      else if (line[at] !== "}") throw new Error(`neither comma nor brace at ${at}: ${line}`);
    }
    at++;
  }
  const rest = /^[ \t]+(\S+)(?:[ \t]+(-?\d+))?[ \t]*$/.exec(line.slice(at));
  if (rest === null) throw new Error(`no value: ${line}`);
  return { name, labels: { ...labels }, value: number(rest[1] as string, line) };
}

function afterBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

function quoted(line: string, from: number): { text: string; end: number } {
  let text = "";
  for (let at = from; at < line.length; at++) {
    if (line[at] === '"') return { text, end: at + 1 };
    if (line[at] !== "\\") {
      text += line[at];
      continue;
    }
    at++;
    if (line[at] === "n") text += "\n";
    else if (line[at] === "\\" || line[at] === '"') text += line[at];
    else throw new Error(`not an escape at ${at}: ${line}`);
  }
  throw new Error(`a label without an end: ${line}`);
}

function number(text: string, line: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  if (text === "NaN") return Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw new Error(`not a number: ${line}`);
  return Number(text);
}
