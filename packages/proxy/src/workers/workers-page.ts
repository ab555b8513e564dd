import { type AdminPage, json } from "../admin/answer.js";
import type { Member } from "./member.js";

/** /workers.json: the processes that serve requests. */
export function workersPage(members: () => Iterable<Member>): AdminPage {
  return {
    path: "/workers.json",
    methods: ["GET"],
    about: "the processes that serve requests",
    handle: () => json(200, [...members()].sort((a, b) => a.slot - b.slot).map(stateOf)),
  };
}

function stateOf({ slot, process, serving, startedAt, generations }: Member) {
  const { pid } = process;
  return { worker: slot, pid, serving, startedAt: new Date(startedAt).toISOString(), generations: [...generations] };
}
