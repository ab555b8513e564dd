import { isNamerError, messageOf } from "@namerkit/core";
import { type FaultKind, type FaultScope, faultKind, faultKinds, faultScopes } from "../faults/kinds.js";
import type { Metadata } from "../metadata.js";
import { changes } from "./changes.js";
import { overview } from "./overview.js";
import { Query } from "./query.js";

type Call = (metadata: Metadata, query: Query, signal: AbortSignal | undefined) => void;

const serverCalls: Readonly<Record<string, Call>> = {
  reload: (metadata) => metadata.reload(),
  unload: (metadata) => metadata.unload(),
  "take-down": (metadata) => metadata.takeDown(),
  "bring-back": (metadata) => metadata.bringBack(),
  fault: (metadata, query) => {
    const numbers = ["ms", "status", "retryAfter", "bytes"].map((name) => [name, query.wholeIfGiven(name)] as const);
    const kind = query.text("kind") as FaultKind;
    metadata.fault(kind, { ...scopeOf(query), ...Object.fromEntries(numbers) });
  },
  clear: (metadata, query) => metadata.clearFaults(scopeOf(query).on),
  restart: (metadata, query, signal) => {
    const times = { downMs: query.wholeIfGiven("downMs"), loadMs: query.wholeIfGiven("loadMs") };
    // Answered at once: who restarts a server does not wait for it. Only the end of the control API makes it fail, and that is meant.
    metadata.restart({ ...times, signal }).catch(() => {});
  },
};

/** What it is, is looked at by those who use it. */
function scopeOf(query: Query): { readonly on?: FaultScope } {
  return query.has("on") ? { on: query.text("on") as FaultScope } : {};
}

const changingCalls = Object.entries(changes).map(([name, change]): [string, Call] => [
  name,
  (metadata, query) => {
    const reload = query.flag("reload");
    change(metadata.world, query);
    if (reload) metadata.reload();
  },
]);

/** What may be told over HTTP: POST /<name>?service=stack/service&… */
const calls: Readonly<Record<string, Call>> = { ...Object.fromEntries(changingCalls), ...serverCalls };

export interface ControlOptions {
  /** Ends what a call has begun and goes on, which is a restart. */
  readonly signal?: AbortSignal;
}

/** Answers a control call; GET / tells what runs, GET /faults which faults there are. Errors are `{"code","message"}` with a 4xx status. */
export function control(metadata: Metadata, request: Request, options: ControlOptions = {}): Response {
  const url = new URL(request.url);
  const name = url.pathname.slice(1);
  if (request.method === "GET" && name === "") return Response.json(overview(metadata));
  if (request.method === "GET" && name === "faults") return Response.json({ scopes: faultScopes, kinds: faultList() });
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined)
    return problem(404, "MOCK_UNKNOWN", `no control call "${name}"; there are: ${Object.keys(calls).join(", ")}`);
  if (request.method !== "POST") {
    const answer = problem(405, "MOCK_CONTROL", `${name} is called with POST`);
    answer.headers.set("allow", "POST");
    return answer;
  }
  try {
    call(metadata, new Query(url.searchParams), options.signal);
    return Response.json(overview(metadata));
  } catch (error) {
    const code = isNamerError(error) ? error.code : "MOCK_CONTROL";
    return problem(code === "MOCK_UNKNOWN" ? 404 : 400, code, messageOf(error));
  }
}

/** What can be switched on. JSON has no undefined, hence null for numbers without a default. */
function faultList(): object {
  const withTakes = (Object.keys(faultKinds) as FaultKind[]).map((kind) => {
    const { takes = {}, ...others } = faultKind(kind);
    const numbers = Object.entries(takes).map(([name, value]) => [name, value ?? null] as const);
    return [kind, { ...others, takes: Object.fromEntries(numbers) }] as const;
  });
  return Object.fromEntries(withTakes);
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
