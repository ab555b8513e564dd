import type { Clock, WatchContext } from "@namerkit/core";
import type { ConsulAnswer, ConsulTransport } from "../transport/transport.js";
import { type Place, step } from "./place.js";

/** For answers that Consul gives at once. A server without a leader takes 7 s to say so. */
export const ANSWER_MS = 10_000;
/** Beside the sixteenth that Consul adds to `wait`: for the network, and for an agent that is busy. */
const MARGIN_MS = 10_000;
/** Between queries that cannot wait, because answers have no index. */
const NO_INDEX_MS = 5_000;
/** So many answers without news may come before half of their time is over, as when an agent is stopped. Then the agent does not wait. */
const EARLY_ANSWERS = 4;
const MAX_EARLY_PAUSE_MS = 10_000;

export interface BlockingQueryEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly transport: Pick<ConsulTransport, "get" | "waitMs">;
}

/** Told of each request and of each answer. */
export interface QueryNotes {
  asked?(request: string): void;
  answered?(answer: ConsulAnswer): void;
}

export interface BlockingQuery extends QueryNotes {
  /** Path and parameters, without index and wait. */
  readonly question: string;
  /** Statuses beside 200 that are answers. */
  readonly expect?: readonly number[];
  /** Where to begin: nowhere, unless it is known that what was there is of no use. */
  readonly from?: Place;
  /** Told where the next query will wait. */
  at?(place: Place): void;
}

/**
 * The answers to one question, again and again: each when something has changed, or when the time was over. Every answer is to be
 * looked at, since an index may come back by chance. Pacing is for whoever pulls; here are only the pauses that an agent that does not
 * wait makes necessary. Any failure ends it, and with it what was known of the index.
 */
export async function* blockingQuery(
  env: BlockingQueryEnv,
  { signal, request, count }: Pick<WatchContext, "signal" | "request" | "count">,
  query: BlockingQuery,
): AsyncGenerator<ConsulAnswer, never, undefined> {
  const { clock, random, transport } = env;
  let at = query.from;
  let early = 0;
  for (;;) {
    const began = clock.now();
    const waitMs = transport.waitMs();
    const waiting = at !== undefined && {
      deadlineMs: waitMs + waitMs / 16 + MARGIN_MS,
      blocking: true,
      epoch: at.epoch,
    };
    const answer = await transport.get(
      at === undefined ? query.question : waitingFor(query.question, at.index, waitMs),
      {
        signal,
        deadlineMs: ANSWER_MS,
        ...waiting,
        ...(query.expect && { expect: query.expect }),
        request: (text) => {
          request(text);
          query.asked?.(text);
        },
      },
    );
    query.answered?.(answer);
    const { move, next } = step(at, answer);
    at = next;
    query.at?.(at);
    count(move === "back" ? "index_went_back" : move === "none" ? "index_missing" : `index_${move}`);
    yield answer;
    early = move === "same" && clock.now() - began < waitMs / 2 ? early + 1 : 0;
    const pause = move === "none" ? NO_INDEX_MS : early > EARLY_ANSWERS ? earlyPause(early - EARLY_ANSWERS) : 0;
    if (pause > 0) await clock.sleep(pause * (1 + 0.1 * random()), signal);
  }
}

function earlyPause(times: number): number {
  return Math.min(MAX_EARLY_PAUSE_MS, 500 * 2 ** times);
}

function waitingFor(question: string, index: bigint, waitMs: number): string {
  return `${question}${question.includes("?") ? "&" : "?"}index=${index}&wait=${Math.round(waitMs)}ms`;
}
