import type { Clock, WatchContext } from "@namerkit/core";
import type { AskOptions, ConsulAnswer, ConsulTransport } from "../transport/transport.js";
import { type Move, type Place, step } from "./place.js";

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

export interface BlockingQueryOptions extends QueryNotes {
  /** Path and parameters, without index and wait. */
  readonly question: string;
  /** Statuses beside 200 that are answers. */
  readonly expect?: readonly number[];
  /** Where to begin: nowhere, unless it is known that what was there is of no use. */
  readonly from?: Place;
  /** Told where the next query will wait. */
  at?(place: Place): void;
}

/** Of the query before: what it did to the index, when it was asked, and how long it could have been held. */
interface Before {
  readonly move: Move;
  /** It was not held, to find out whether Consul's index is still what it was. */
  readonly probe: boolean;
  readonly began: number;
  readonly waitMs: number;
}

/**
 * The answers to one question, again and again: each when something has changed, or when the time was over. Every answer is to be
 * looked at, since an index may come back by chance. Pacing is for whoever asks for the next; here are only the pauses that an agent that
 * does not wait makes necessary. After a failure it is of no use any more: what was known of the index is gone with it.
 *
 * Consul restored from a snapshot answers whoever waits early, with the old index, and would then be silent until that is reached
 * again. So the first early answer with nothing new is followed by a query that does not wait.
 *
 * No generator: for the minute that a query is held nothing of the answer before it must be kept alive, and there are thousands of these.
 */
export class BlockingQuery {
  readonly #env: BlockingQueryEnv;
  readonly #context: Pick<WatchContext, "signal" | "request" | "count">;
  readonly #query: BlockingQueryOptions;
  readonly #asked: (text: string) => void;
  readonly #held: AskOptions;
  #at: Place;
  #early = 0;
  /** Whether the next query is one that is not held, whatever the index. */
  #probes = false;
  #before: Before | undefined;

  constructor(
    env: BlockingQueryEnv,
    context: Pick<WatchContext, "signal" | "request" | "count">,
    query: BlockingQueryOptions,
  ) {
    this.#env = env;
    this.#context = context;
    this.#query = query;
    this.#at = query.from;
    this.#asked = (text) => {
      context.request(text);
      query.asked?.(text);
    };
    const { signal } = context;
    this.#held = { signal, deadlineMs: ANSWER_MS, request: this.#asked, ...(query.expect && { expect: query.expect }) };
  }

  /** Waits for the next answer. */
  async next(): Promise<ConsulAnswer> {
    if (this.#before !== undefined) await this.#pause(this.#before);
    const { clock, transport } = this.#env;
    const { question } = this.#query;
    const began = clock.now();
    const waitMs = transport.waitMs();
    const at = this.#at;
    const probe = at !== undefined && this.#probes;
    const answer =
      at === undefined || probe
        ? await transport.get(question, this.#held)
        : await transport.get(waitingFor(question, at.index, waitMs), {
            ...this.#held,
            deadlineMs: waitMs + waitMs / 16 + MARGIN_MS,
            blocking: true,
            waitMs: Math.round(waitMs),
            epoch: at.epoch,
          });
    this.#query.answered?.(answer);
    const { move, next } = step(at, answer);
    // What did not wait is where to go on, even if that is further back.
    this.#at = probe ? step(undefined, answer).next : next;
    this.#query.at?.(this.#at);
    this.#context.count(move === "back" ? "index_went_back" : move === "none" ? "index_missing" : `index_${move}`);
    this.#before = { move, probe, began, waitMs };
    return answer;
  }

  async #pause({ move, probe, began, waitMs }: Before): Promise<void> {
    const { clock, random } = this.#env;
    if (move !== "same" || clock.now() - began >= waitMs / 2) this.#early = 0;
    else if (!probe) this.#early++;
    this.#probes = this.#early === 1 && !probe;
    const early = this.#early - EARLY_ANSWERS;
    const pause = move === "none" ? NO_INDEX_MS : early > 0 ? earlyPause(early) : 0;
    if (pause > 0) await clock.sleep(pause * (1 + 0.1 * random()), this.#context.signal);
  }
}

function earlyPause(times: number): number {
  return Math.min(MAX_EARLY_PAUSE_MS, 500 * 2 ** times);
}

function waitingFor(question: string, index: bigint, waitMs: number): string {
  return `${question}${question.includes("?") ? "&" : "?"}index=${index}&wait=${Math.round(waitMs)}ms`;
}
