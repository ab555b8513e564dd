import { apiVersionOf, type KubernetesObject } from "../objects.js";
import type { Etcd } from "../store/etcd.js";
import { jsonAnswer, statusAnswer, type WholeAnswer } from "./answer.js";
import { type Ask, versionIn } from "./ask.js";
import { decodeContinue, encodeContinue } from "./continue-token.js";

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue " +
  "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token " +
  "results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and " +
  "now may show up in the list.";

/** A version that has not been yet: the server waits for it a while before it says so. */
export class FutureVersion {
  readonly version: number;
  constructor(version: number) {
    this.version = version;
  }
}

/** A list, or a page of one. */
export function list(ask: Ask, etcd: Etcd, headers: Readonly<Record<string, string>>): WholeAnswer | FutureVersion {
  const { query, namespace } = ask;
  const wanted = versionIn(query);
  if (wanted === undefined) return badVersion(query.get("resourceVersion") ?? "", headers);
  if (wanted !== "none" && wanted > etcd.version) return new FutureVersion(wanted);
  const text = query.get("continue") ?? "";
  const token = text === "" ? undefined : decodeContinue(text);
  if (text !== "" && token === undefined) {
    return statusAnswer({ code: 400, message: "continue key is not valid", reason: "BadRequest" }, headers);
  }
  const exact = query.get("resourceVersionMatch") === "Exact" && wanted !== "none" ? wanted : undefined;
  const version = token !== undefined && token.version >= 0 ? token.version : (exact ?? etcd.version);
  if (version < etcd.compacted) return expired(token?.after, headers);
  const inside = namespace === undefined ? "" : `${namespace}/`;
  const all = etcd
    .listAt(ask.resource.name, version)
    .filter(([key, object]) => ask.matches(object) && (token === undefined || key.slice(inside.length) > token.after));
  return page(ask, all, version, inside, headers);
}

function page(
  ask: Ask,
  all: readonly (readonly [string, KubernetesObject])[],
  version: number,
  inside: string,
  headers: Readonly<Record<string, string>>,
): WholeAnswer {
  const limit = Number(ask.query.get("limit") ?? 0);
  const shown = limit > 0 ? all.slice(0, limit) : all;
  const last = shown.at(-1);
  const more = last !== undefined && shown.length < all.length;
  const metadata = {
    resourceVersion: String(version),
    ...(more ? { continue: encodeContinue({ version, after: last[0].slice(inside.length) }) } : {}),
    // Nobody counts what a selector would leave.
    ...(more && !ask.selects ? { remainingItemCount: all.length - shown.length } : {}),
  };
  const { resource } = ask;
  const items = shown.map(([, { kind: _, apiVersion: __, ...item }]) => item);
  return jsonAnswer(
    200,
    { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items },
    headers,
  );
}

function badVersion(text: string, headers: Readonly<Record<string, string>>): WholeAnswer {
  const what = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
  return statusAnswer({ code: 400, message: `invalid resource version: ${what}`, reason: "BadRequest" }, headers);
}

function expired(after: string | undefined, headers: Readonly<Record<string, string>>): WholeAnswer {
  if (after === undefined) {
    const message = "The resourceVersion for the provided list is too old.";
    return statusAnswer({ code: 410, message, reason: "Expired" }, headers);
  }
  const metadata = { continue: encodeContinue({ version: -1, after }) };
  return statusAnswer({ code: 410, message: tooOld, reason: "Expired", metadata }, headers);
}

/** To a version that has not come within three seconds. */
export function tooLarge(
  { version }: FutureVersion,
  current: number,
  headers: Readonly<Record<string, string>>,
): WholeAnswer {
  const what = "Too large resource version";
  return statusAnswer(
    {
      code: 504,
      message: `Timeout: ${what}: ${version}, current: ${current}`,
      reason: "Timeout",
      details: { causes: [{ reason: "ResourceVersionTooLarge", message: what }], retryAfterSeconds: 1 },
    },
    { ...headers, "retry-after": "1" },
  );
}
