import type { Agent } from "../agent.js";
import type { ConsulFaults } from "../options.js";
import type { ConsulRequest } from "./ask.js";
import { encoded, type Outcome, type Reply, reply, textReply } from "./reply.js";
import { route } from "./router.js";

/** Nobody is ever told; ends with the client. */
const never = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The whole way of a request: death, faults, and what the agent says. */
export async function respond(request: ConsulRequest, agent: Agent, signal: AbortSignal): Promise<Outcome> {
  const faults = agent.faultsFor(request.target);
  if (faults.delayMs !== undefined) {
    if (faults.delayMs === Number.POSITIVE_INFINITY) await never(signal);
    else await agent.clock.sleep(faults.delayMs, signal).catch(() => {});
  }
  if (!agent.alive || signal.aborted || faults.reset) return "reset";
  const outcome = instead(faults) ?? (await route(request, agent, signal));
  if (outcome === "reset" || signal.aborted) return "reset";
  // By what is set now: a query may have been held since before.
  const { rewrite } = agent.faultsFor(request.target);
  const told = rewrite === undefined ? outcome : rewritten(outcome, (json) => rewrite(json, request.target));
  return encoded(told, request.headers["accept-encoding"] ?? "");
}

function rewritten(one: Reply, rewrite: (json: unknown) => unknown): Reply {
  if (one.status !== 200 || one.headers["Content-Type"] !== "application/json") return one;
  const json: unknown = JSON.parse(Buffer.from(one.body).toString());
  return { ...one, body: Buffer.from(JSON.stringify(rewrite(json))) };
}

function instead({ answer, rateLimited }: ConsulFaults): Outcome | undefined {
  if (answer !== undefined) {
    return reply(answer.status, answer.body ?? "", { "Content-Type": "text/plain; charset=utf-8", ...answer.headers });
  }
  if (!rateLimited) return undefined;
  const after = rateLimited === true ? {} : { "Retry-After": String(rateLimited.retryAfterS) };
  return textReply(429, "rate limit exceeded, try again later or against a different server", after);
}
