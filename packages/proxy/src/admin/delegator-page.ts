import { type Clock, Dtab, encodeDelegateTree, type Interpreter, messageOf, Path } from "@namerkit/core";
import { delegations } from "../http/delegations.js";
import { type AdminAnswer, type AdminPage, type AdminRequest, json, text } from "./answer.js";

const limitMs = 2_000;
/** An explanation follows all of them, at once. */
const maxNames = 2_000;

/** A router as far as explaining names goes. */
export interface DelegatorRouter {
  readonly label: string;
  readonly dtab: Dtab;
  readonly interpreter: Interpreter;
}

interface Question {
  readonly namespace: string | undefined;
  readonly dtab: string | undefined;
  readonly path: string;
}

/** /delegator.json: how a name is resolved, step by step. Without `dtab` the router's own is used; a given one replaces it. */
export function delegatorPage(known: () => readonly DelegatorRouter[], clock: Clock): AdminPage {
  return {
    path: "/delegator.json",
    methods: ["GET", "POST"],
    about: "explains a name: ?path=/svc/web, &dtab=…, &namespace=<router label>",
    handle: async (request) => {
      const asked = request.method === "POST" ? posted(request) : queried(request.query);
      if ("status" in asked) return asked;
      const { namespace } = asked;
      const routers = known();
      const router = namespace === undefined ? routers[0] : routers.find((one) => one.label === namespace);
      if (router === undefined) return text(404, `No such router: ${namespace ?? ""}`);
      const parsed = parse(asked, router.dtab);
      if ("status" in parsed) return parsed;
      return explain(router.interpreter, parsed, clock, request.signal);
    },
  };
}

async function explain(
  interpreter: Interpreter,
  { dtab, path }: { dtab: Dtab; path: Path },
  clock: Clock,
  outer: AbortSignal,
): Promise<AdminAnswer> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const late = new Promise<AdminAnswer>((resolve) => {
    const timer = clock.after(limitMs, () => resolve(text(503, "Request timed out.")));
    signal.addEventListener("abort", () => {
      timer.close();
      resolve(text(503, "Request timed out."));
    });
  });
  try {
    const answer = interpreter
      .delegate(dtab, path, { signal })
      .then(async (tree) => json(200, await encodeDelegateTree(tree, { signal })));
    answer.catch(() => {});
    return await Promise.race([late, answer]);
  } catch (thrown) {
    return text(500, messageOf(thrown));
  } finally {
    stop.abort();
  }
}

function queried(query: URLSearchParams): Question | AdminAnswer {
  const path = query.get("path");
  if (path === null) return text(400, "Invalid path: the parameter is missing");
  return { path, dtab: query.get("dtab") ?? undefined, namespace: query.get("namespace") ?? undefined };
}

function posted({ contentType, body }: AdminRequest): Question | AdminAnswer {
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    return text(415, "Unsupported content type, expected application/json");
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (thrown) {
    return text(400, `Malformed delegation request: ${messageOf(thrown)}`);
  }
  if (typeof value !== "object" || value === null) return text(400, "Malformed delegation request: not an object");
  const { namespace, dtab, path } = value as Readonly<Record<string, unknown>>;
  if (typeof path !== "string" || !optionalText(dtab) || !optionalText(namespace)) {
    return text(400, "Malformed delegation request: path, dtab and namespace are texts, and path is required");
  }
  return { path, dtab, namespace };
}

function optionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function parse(asked: Question, base: Dtab): { dtab: Dtab; path: Path } | AdminAnswer {
  let dtab = base;
  try {
    if (asked.dtab !== undefined) dtab = Dtab.parse(asked.dtab);
    const names = delegations(dtab);
    if (dtab !== base && names > maxNames) return text(400, `Invalid dtab: ${names} names, more than ${maxNames}`);
  } catch (thrown) {
    return text(400, `Invalid dtab: ${messageOf(thrown)}`);
  }
  try {
    return { dtab, path: Path.parse(asked.path) };
  } catch (thrown) {
    return text(400, `Invalid path: ${messageOf(thrown)}`);
  }
}
