import type { Agent } from "../agent.js";
import type { KeyRecord } from "../store/keys.js";
import type { Ask } from "./ask.js";
import { type Asked, type Found, runQuery } from "./query.js";
import { type Outcome, type Reply, reply, textReply } from "./reply.js";

/** GET /v1/kv/KEY, with ?recurse, ?keys and ?raw */
export async function readKeys(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  const { rest: key, parameters } = ask;
  const many = parameters.has("recurse") || parameters.has("keys");
  if (key === "" && !many) return textReply(400, "Missing key name");
  let raw: KeyRecord | undefined;
  const outcome = await runQuery(ask, agent, target, {
    keys: true,
    index: ({ cluster }) => (many ? cluster.keys.indexOfPrefix(key) : cluster.keys.indexOf(key)),
    find: (asked) => {
      if (many) return findMany(ask, asked);
      if (!asked.may.may("read", "key", key)) return { status: 403, refusal: "Permission denied" };
      const found = asked.cluster.keys.get(key);
      raw = found;
      return found === undefined ? { status: 404 } : { body: [shapeOf(found)] };
    },
  });
  return outcome !== "reset" && outcome.status === 200 && raw !== undefined && parameters.has("raw")
    ? rawReply(outcome, raw)
    : outcome;
}

function findMany({ rest: prefix, parameters }: Ask, { cluster, may }: Asked): Found {
  const found = cluster.keys.list(prefix).filter(({ key }) => may.may("read", "key", key));
  if (!parameters.has("keys")) return found.length === 0 ? { status: 404 } : { body: found.map(shapeOf) };
  const names = found.map(({ key }) => upTo(key, prefix, parameters.get("separator") ?? ""));
  return names.length === 0 && prefix !== "" ? { status: 404 } : { body: [...new Set(names)] };
}

/** Up to the first separator after the prefix, that included. */
function upTo(key: string, prefix: string, separator: string): string {
  const at = separator === "" ? -1 : key.indexOf(separator, prefix.length);
  return at < 0 ? key : key.slice(0, at + separator.length);
}

function shapeOf({ key, value, flags, createIndex, modifyIndex }: KeyRecord) {
  return {
    LockIndex: 0,
    Key: key,
    Flags: flags,
    Value: value.length === 0 ? null : Buffer.from(value).toString("base64"),
    CreateIndex: createIndex,
    ModifyIndex: modifyIndex,
  };
}

/** Nothing but the value, and so that no browser takes it for a page. */
function rawReply({ headers }: Reply, { value }: KeyRecord): Reply {
  return reply(200, value, {
    ...headers,
    "Content-Type": "text/plain",
    "Content-Security-Policy": "sandbox",
    "X-Content-Type-Options": "nosniff",
  });
}
