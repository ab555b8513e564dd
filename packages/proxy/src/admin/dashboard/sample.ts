import type { Series } from "@namerkit/core";
import type { Turns } from "../../telemetry/turns.js";

type Histogram = Extract<Series, { type: "histogram" }>;

/** What is counted of a server, a service or a client, by the names of its metrics below its scope. */
export interface Counted {
  readonly name: string;
  /** Counters and gauges, such as requests, retries/total, loadbalancer/size. */
  readonly values: Map<string, number>;
  latency: Histogram | undefined;
  /** Of the latency, once somebody wanted to know. */
  p99: number | undefined;
}

/** What stands under rt/<label>/. */
export interface RouterSample {
  readonly label: string;
  readonly servers: Map<string, Counted>;
  readonly services: Map<string, Counted>;
  readonly clients: Map<string, Counted>;
}

/** The metrics as the dashboard sees them. */
export interface Sample {
  readonly routers: Map<string, RouterSample>;
  /** Everything outside rt/, flat. */
  readonly process: Map<string, number>;
}

const kinds = { server: "servers", service: "services", client: "clients" } as const;

interface Place {
  readonly values: Map<string, number>;
  readonly prefix: string;
  readonly counted: Counted | undefined;
}

/** Goes over all series once, and lets requests have their turns. Histograms are not summed up: that is for those that are shown. */
export async function sampleOf(series: Iterable<Series>, turns: Turns): Promise<Sample> {
  const sample: Sample = { routers: new Map(), process: new Map() };
  let scope: readonly string[] | undefined;
  let place: Place | undefined;
  for (const one of series) {
    if (turns.over()) await turns.next();
    // Series of a scope follow each other and share its array.
    if (one.scope !== scope) {
      scope = one.scope;
      place = placeOf(sample, scope);
    }
    if (place === undefined) continue;
    if (one.type !== "histogram") place.values.set(place.prefix + one.name, one.value);
    else if (place.counted !== undefined && one.name === "request_latency_ms" && place.prefix === "") {
      place.counted.latency = one;
    }
  }
  return sample;
}

/** Undefined for what the dashboard does not show. */
function placeOf(sample: Sample, scope: readonly string[]): Place | undefined {
  const [root, label, kind, name, ...below] = scope;
  if (root === "jvm" || root === "node") {
    return { values: sample.process, prefix: `${scope.join("/")}/`, counted: undefined };
  }
  if (root !== "rt" || label === undefined || name === undefined) return undefined;
  if (kind !== "server" && kind !== "service" && kind !== "client") return undefined;
  // Of a client, what goes to each service is counted once more.
  if (below[0] === "service" || below.length > 1) return undefined;
  const router = getOrMake(sample.routers, label, () => {
    return { label, servers: new Map(), services: new Map(), clients: new Map() };
  });
  const counted = getOrMake<Counted>(router[kinds[kind]], name, () => ({
    name,
    values: new Map(),
    latency: undefined,
    p99: undefined,
  }));
  return { values: counted.values, prefix: below.map((part) => `${part}/`).join(""), counted };
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
