import type { WatchContext } from "@namerkit/core";
import type { ConsulAnswer } from "../transport/transport.js";
import { ANSWER_MS, type BlockingQueryEnv, type QueryNotes } from "./blocking-query.js";

export interface PolledQuery extends QueryNotes {
  readonly question: string;
  readonly expect?: readonly number[];
  readonly intervalMs: number;
}

/** The answers to a question that Consul cannot hold, such as that of a prepared query. */
export async function* polledQuery(
  { clock, random, transport }: BlockingQueryEnv,
  { signal, request }: Pick<WatchContext, "signal" | "request">,
  query: PolledQuery,
): AsyncGenerator<ConsulAnswer, never, undefined> {
  for (;;) {
    const answer = await transport.get(query.question, {
      signal,
      deadlineMs: ANSWER_MS,
      ...(query.expect && { expect: query.expect }),
      request: (text) => {
        request(text);
        query.asked?.(text);
      },
    });
    query.answered?.(answer);
    yield answer;
    await clock.sleep(query.intervalMs * (0.9 + 0.2 * random()), signal);
  }
}
