import { type Clock, isNamerError, systemClock } from "@namerkit/core";
import type { Behaviour, Exchange } from "../faulty/behaviour.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import type { Player } from "./player.js";
import type { RecordedExchange } from "./recording.js";
import { Schedule } from "./schedule.js";

export interface PlayingOptions {
  /** Times what was recorded; the real clock by default. */
  readonly clock?: Clock;
}

/**
 * A server on the loopback that answers what is recorded: same statuses, headers and pieces of bodies, with the same delays, and broken
 * off where it was. A request without an answer is told so with a 500, and rejects `close` with TESTING_REPLAY.
 */
export function playerServer(player: Player, { clock = systemClock }: PlayingOptions = {}): Promise<FaultyServer> {
  return faultyServer(play(player, clock), { clock });
}

function play(player: Player, clock: Clock): Behaviour {
  return {
    name: "play",
    async request(exchange) {
      const { request, response } = exchange;
      let taken: RecordedExchange | undefined;
      try {
        taken = player.take(request.method, request.url);
      } catch (thrown) {
        if (isNamerError(thrown)) response.writeHead(500, { "content-type": "text/plain" }).end(`${thrown.message}\n`);
        throw thrown;
      }
      if (taken === undefined) return;
      const gone = new AbortController();
      exchange.socket.once("close", () => gone.abort());
      try {
        await answer(taken, exchange, new Schedule(clock, gone.signal));
      } catch (thrown) {
        // Nobody is there any more to be answered.
        if (!gone.signal.aborted) throw thrown;
      }
    },
  };
}

async function answer(taken: RecordedExchange, { response, socket }: Exchange, schedule: Schedule): Promise<void> {
  if (taken.answer !== undefined) {
    await schedule.at(taken.answer.atMs);
    response.sendDate = false;
    response.writeHead(taken.answer.status, taken.answer.headers.flat());
    response.flushHeaders();
  }
  for (const { atMs, bytes } of taken.chunks) {
    await schedule.at(atMs);
    await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
  }
  // What a client has not taken leave of stays open, as it was.
  if (taken.ended === "aborted" || taken.ended === "open") return;
  await schedule.at(taken.endedAtMs);
  if (taken.ended === "clean") response.end();
  else socket.resetAndDestroy();
}
