import type { SourceStatus } from "@namerkit/core";
import type { AgentSelf } from "../agent/agent-self.js";
import type { ConsulTransport } from "../transport/transport.js";
import type { NameBooks } from "./name-books.js";

interface NameState {
  /** An address set, in core's JSON. */
  readonly state: unknown;
  readonly watch: SourceStatus | undefined;
}

/**
 * Linkerd's /namer_state: `state` and `poll` by name. `freshness` is ours, and so is what is known of the agents, under `consul`, which
 * no name can be called, as it has no slash.
 */
export function stateOf(
  names: unknown,
  books: NameBooks,
  agent: Pick<AgentSelf, "self" | "known" | "error">,
  transport: Pick<ConsulTransport, "state">,
): object {
  const refused = agent.error !== undefined && /status 403/.test(agent.error.message);
  const each = Object.entries((names ?? {}) as Readonly<Record<string, NameState>>).map(([path, { state, watch }]) => [
    path,
    {
      state: {
        running: watch !== undefined && watch.state !== "closed",
        lastUpdatedAt: watch?.lastChangeAt,
        value: state,
      },
      poll: books.get(path)?.show(refused) ?? { error: watch?.lastError?.message },
      freshness: watch,
    },
  ]);
  const { datacenter, domain } = agent.self;
  return {
    ...Object.fromEntries(each),
    consul: { ...transport.state(), self: { known: agent.known, datacenter, domain, error: agent.error?.message } },
  };
}
