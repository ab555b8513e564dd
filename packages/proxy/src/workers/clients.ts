import type { ClientState } from "@namerkit/client";
import type { ClientsJson } from "./messages.js";

/** What the clients of several workers are together. One that only some of them hold dead is dead: those are who to ask about. */
export function mergeClients(workers: readonly ClientsJson[]): readonly Readonly<Record<string, ClientState>>[] {
  const all = new Map<string, ClientState>();
  for (const [id, state] of workers.flat().flatMap((clients) => Object.entries(clients))) {
    const known = all.get(id);
    all.set(id, known === undefined ? state : merged(known, state));
  }
  return [Object.fromEntries(all)];
}

function merged(a: ClientState, b: ClientState): ClientState {
  const dead = [...new Set([...(a.dead ?? []), ...(b.dead ?? [])])].sort();
  const { dead: _, away: __, ...rest } = a.state === "bound" ? a : b;
  const away = a.away === true && b.away === true;
  return { ...rest, ...(dead.length === 0 ? {} : { dead }), ...(away ? { away } : {}) };
}
