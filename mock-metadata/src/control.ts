import { isNamerError, messageOf, NamerError } from "@namerkit/core";
import { healthStates, isHealth } from "./health.js";
import type { Metadata } from "./metadata.js";
import { type Service, serviceName } from "./world.js";

type Call = (metadata: Metadata, query: URLSearchParams, signal: AbortSignal | undefined) => void;

/** What may be told over HTTP: POST /<name>?service=stack/service&… */
const calls: Readonly<Record<string, Call>> = {
  scale: (metadata, query) => metadata.scale(text(query, "service"), needed(query, "to")),
  stop: (metadata, query) => metadata.stop(text(query, "service")),
  start: (metadata, query) => metadata.start(text(query, "service")),
  health: (metadata, query) => {
    const state = text(query, "state");
    if (state !== "none" && !isHealth(state)) {
      throw new NamerError("MOCK_CONTROL", `"${state}" is none of ${healthStates.join(", ")}, none`);
    }
    metadata.health(text(query, "service"), state === "none" ? null : state, whole(query, "container"));
  },
  reload: (metadata) => metadata.reload(),
  unload: (metadata) => metadata.unload(),
  "take-down": (metadata) => metadata.takeDown(),
  "bring-back": (metadata) => metadata.bringBack(),
  restart: (metadata, query, signal) => {
    const times = { downMs: whole(query, "downMs"), loadMs: whole(query, "loadMs") };
    // Answered at once: who restarts a server does not wait for it. Only the end of the control API makes it fail, and that is meant.
    metadata.restart({ ...times, signal }).catch(() => {});
  },
};

export interface ControlOptions {
  /** Ends what a call has begun and goes on, which is a restart. */
  readonly signal?: AbortSignal;
}

/** Answers a control call; GET / tells what runs. Errors are `{"code","message"}` with a 4xx status. */
export function control(metadata: Metadata, request: Request, options: ControlOptions = {}): Response {
  const url = new URL(request.url);
  const name = url.pathname.slice(1);
  if (request.method === "GET" && name === "") return Response.json(overview(metadata));
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined)
    return problem(404, "MOCK_UNKNOWN", `no control call "${name}"; there are: ${Object.keys(calls).join(", ")}`);
  if (request.method !== "POST") {
    const answer = problem(405, "MOCK_CONTROL", `${name} is called with POST`);
    answer.headers.set("allow", "POST");
    return answer;
  }
  try {
    call(metadata, url.searchParams, options.signal);
    return Response.json(overview(metadata));
  } catch (error) {
    const code = isNamerError(error) ? error.code : "MOCK_CONTROL";
    return problem(code === "MOCK_UNKNOWN" ? 404 : 400, code, messageOf(error));
  }
}

function overview(metadata: Metadata): object {
  return {
    version: metadata.version,
    online: metadata.online.sample(),
    waiting: metadata.waiting,
    services: Object.fromEntries(metadata.world.services.map((service) => [serviceName(service), summary(service)])),
  };
}

function summary(service: Service): object {
  return {
    state: service.state,
    scale: service.scale,
    containers: service.containers.map(({ name, ip, state, health }) => ({ name, ip, state, health })),
  };
}

function text(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === "") throw new NamerError("MOCK_CONTROL", `the parameter "${name}" is missing`);
  return value;
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) {
    throw new NamerError("MOCK_CONTROL", `the parameter "${name}" must be a whole number, not "${value}"`);
  }
  return Number(value);
}

function needed(query: URLSearchParams, name: string): number {
  const value = whole(query, name);
  if (value === undefined) throw new NamerError("MOCK_CONTROL", `the parameter "${name}" is missing`);
  return value;
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
