import type { Agent } from "../agent.js";
import type { Permissions, Resource } from "../store/acl.js";
import { type Ask, goBool } from "./ask.js";
import { goJson } from "./go-json.js";
import { indented } from "./query.js";
import { type Outcome, type Reply, reply, textReply } from "./reply.js";

/** Thrown in the middle of a write, instead of its answer. */
export class Refused extends Error {
  readonly reply: Reply;
  constructor(status: number, text: string) {
    super(text);
    this.reply = textReply(status, text);
  }
}

/** A write, which has an answer of its own only if it fails. */
export function write(body: (ask: Ask, agent: Agent, may: Permissions) => unknown) {
  return async (ask: Ask, agent: Agent): Promise<Outcome> => {
    try {
      if (!agent.cluster.hasLeader) throw new Refused(500, "No cluster leader");
      const may = agent.acl.of(ask.token);
      if (may === undefined) throw new Refused(403, "ACL not found");
      const answer = body(ask, agent, may);
      if (answer === undefined) return reply(200, "", {});
      return reply(200, goJson(answer, indented(ask, agent)), { "Content-Type": "application/json" });
    } catch (error) {
      if (error instanceof Refused) return error.reply;
      throw error;
    }
  };
}

/** @throws Refused */
export function demand(may: Permissions, resource: Resource, name: string, text = "Permission denied"): void {
  if (!may.may("write", resource, name)) throw new Refused(403, text);
}

/** The fields of a JSON body. @throws Refused */
export function fieldsOf({ body }: Ask): Readonly<Record<string, unknown>> {
  const text = Buffer.from(body).toString("utf8");
  if (text.trim() === "") throw new Refused(400, "Request decode failed: EOF");
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields))
      return fields as Record<string, unknown>;
  } catch {
    // Said below, in fewer words than Go's.
  }
  throw new Refused(400, "Request decode failed: invalid JSON");
}

/** @throws Refused */
export function enableOf({ parameters }: Ask): boolean {
  const enable = parameters.get("enable");
  if (enable === null) throw new Refused(400, "Missing value for enable");
  const on = goBool(enable);
  if (on === undefined || enable === "") throw new Refused(400, `Invalid value for enable: ${JSON.stringify(enable)}`);
  return on;
}
