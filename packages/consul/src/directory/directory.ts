import {
  type Activity,
  isNamerError,
  NamerError,
  Path,
  type PluginEnv,
  supervise,
  type WatchContext,
} from "@namerkit/core";
import type { ConsulConfig } from "../config/namer-config.js";
import { isFields, textsIn } from "../instances/fields.js";
import { lowerCase } from "../naming/lower-case.js";
import { canonical, isImpossible, type NameKey } from "../naming/names.js";
import { ANSWER_MS } from "../query/blocking-query.js";
import type { ConsulAnswer, ConsulTransport } from "../transport/transport.js";

/** Between two readings. A blocking query would wake up with every change of any service, which in large clusters is all the time. */
const INTERVAL_MS = 15_000;

type Env = Pick<PluginEnv, "clock" | "random" | "log" | "metrics" | "shutdown">;
type Rules = Pick<ConsulConfig, "includeTag" | "tagSeparator" | "tags" | "source">;

/**
 * The names of all services in all datacenters, for people: /bound-names.json and completion. Read while somebody looks; no name
 * depends on it. A datacenter that does not answer keeps the names that it had.
 */
export function directory(
  env: Env,
  transport: Pick<ConsulTransport, "get" | "hold">,
  rules: Rules,
): Activity<readonly Path[]> {
  const known = new Map<string, readonly Path[]>();
  const { lingerMs, firstAnswerMs } = rules.source;
  const source = supervise<readonly Path[]>(
    env,
    { lingerMs, firstAnswerMs },
    async function* (context) {
      transport.hold(context.signal);
      for (;;) {
        yield await read(context, transport, rules, known);
        await env.clock.sleep(INTERVAL_MS * (0.9 + 0.2 * env.random()), context.signal);
      }
    },
    { equals: sameNames },
  );
  return source.activity.map((names) => names ?? []);
}

async function read(
  { signal, request, count }: WatchContext,
  transport: Pick<ConsulTransport, "get">,
  rules: Rules,
  known: Map<string, readonly Path[]>,
): Promise<readonly Path[]> {
  const ask = (question: string) => transport.get(question, { signal, deadlineMs: ANSWER_MS, request });
  const datacenters = datacentersIn(await ask("/v1/catalog/datacenters"));
  for (const gone of [...known.keys()].filter((dc) => !datacenters.includes(dc))) known.delete(gone);
  let error: unknown;
  for (const dc of datacenters) {
    try {
      const answer = await ask(`/v1/catalog/services?dc=${encodeURIComponent(dc)}`);
      known.set(dc, namesIn(answer.json(), answer.request, dc, rules));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      count("datacenter_errors");
      // Consul wants to be left alone.
      if (isNamerError(thrown) && thrown.retryAfterMs !== undefined) throw thrown;
      error = thrown;
    }
  }
  if (known.size === 0 && error !== undefined) throw error;
  return [...known.values()].flat();
}

function datacentersIn(answer: ConsulAnswer): readonly string[] {
  const list = answer.json();
  if (!Array.isArray(list)) throw new NamerError("NAMER_ANSWER", `${answer.request}: expected a list of datacenters`);
  return textsIn(list);
}

function namesIn(answer: unknown, request: string, dc: string, rules: Rules): readonly Path[] {
  if (!isFields(answer)) throw new NamerError("NAMER_ANSWER", `${request}: expected services by name`);
  const names = new Map<string, Path>();
  const add = (key: NameKey): void => {
    const name = canonical(key, rules);
    if (isImpossible(name)) return;
    const path = Path.of(name.dc, ...(name.tag === undefined ? [] : [name.tag]), name.service);
    names.set(path.show(), path);
  };
  for (const [service, given] of Object.entries(answer)) {
    const tags = textsIn(given);
    const has = new Set(tags.map(lowerCase));
    if (!rules.tags.every((tag) => has.has(lowerCase(tag)))) continue;
    if (rules.includeTag) for (const tag of tags) add({ dc, tag, service });
    else add({ dc, service });
  }
  return [...names.values()];
}

function sameNames(a: readonly Path[], b: readonly Path[]): boolean {
  return a.length === b.length && a.every((path, i) => path.equals(b[i] as Path));
}
