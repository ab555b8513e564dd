import { NamerError, systemClock } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { AnsweringDispatcher } from "../msw/answering-dispatcher.js";
import type { Player } from "./player.js";
import type { PlayingOptions } from "./player-server.js";
import type { RecordedChunk, RecordedExchange } from "./recording.js";
import { Schedule } from "./schedule.js";

/**
 * An undici 7 Dispatcher that answers what is recorded, for any origin and without a socket: with a ManualClock, every run is the same
 * run. A request without an answer fails with TESTING_REPLAY; namers take that for an outage, so ask `player.assertFinished()` at the end.
 */
export function playerDispatcher(player: Player, { clock = systemClock }: PlayingOptions = {}): Dispatcher {
  return new AnsweringDispatcher({
    respond: (request, signal) => respond(player, request, new Schedule(clock, signal)),
    unanswered: (request) => new NamerError("TESTING_REPLAY", `${request} has no answer`),
  });
}

/** Statuses of answers that have no body (Fetch standard, "null body status"). */
const BODILESS = [204, 205, 304];

async function respond(player: Player, request: Request, schedule: Schedule): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const taken = player.take(request.method, pathname + search);
  if (taken === undefined) return schedule.never();
  const { answer } = taken;
  if (answer === undefined) {
    if (taken.ended !== "reset") return schedule.never();
    await schedule.at(taken.endedAtMs);
    return Response.error();
  }
  await schedule.at(answer.atMs);
  const headers = answer.headers.map(([name, value]): [string, string] => [name, value]);
  const body = BODILESS.includes(answer.status) || request.method === "HEAD" ? null : bodyOf(taken, schedule);
  return new Response(body, { status: answer.status, headers });
}

function bodyOf({ chunks, ended, endedAtMs }: RecordedExchange, schedule: Schedule): ReadableStream<Uint8Array> {
  const left: RecordedChunk[] = [...chunks];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = left.shift();
        if (chunk !== undefined) {
          await schedule.at(chunk.atMs);
          return controller.enqueue(new Uint8Array(chunk.bytes));
        }
        if (ended === "aborted" || ended === "open") return schedule.never();
        await schedule.at(endedAtMs);
        if (ended === "clean") controller.close();
        else controller.error(new Error("the connection was reset, as recorded"));
      },
    },
    // Times count from when the request came, not from when somebody reads; nothing is to be made ahead.
    { highWaterMark: 0 },
  );
}
