import type { WatchContext } from "@namerkit/core";
import type { ConsulAnswer } from "../transport/transport.js";
import { ANSWER_MS, type BlockingQueryEnv, type QueryNotes } from "./blocking-query.js";

export interface PolledQueryOptions extends QueryNotes {
  readonly question: string;
  readonly expect?: readonly number[];
  readonly intervalMs: number;
}

/** The answers to a question that Consul cannot hold, such as that of a prepared query. */
export class PolledQuery {
  readonly #env: BlockingQueryEnv;
  readonly #context: Pick<WatchContext, "signal" | "request">;
  readonly #query: PolledQueryOptions;
  #asked = false;

  constructor(env: BlockingQueryEnv, context: Pick<WatchContext, "signal" | "request">, query: PolledQueryOptions) {
    this.#env = env;
    this.#context = context;
    this.#query = query;
  }

  /** Waits until it is time, and for the answer. */
  async next(): Promise<ConsulAnswer> {
    const { clock, random, transport } = this.#env;
    const { signal, request } = this.#context;
    const query = this.#query;
    if (this.#asked) await clock.sleep(query.intervalMs * (0.9 + 0.2 * random()), signal);
    const answer = await transport.get(query.question, {
      signal,
      deadlineMs: ANSWER_MS,
      ...(query.expect && { expect: query.expect }),
      request: (text) => {
        request(text);
        query.asked?.(text);
      },
    });
    this.#asked = true;
    query.answered?.(answer);
    return answer;
  }
}
