import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "@namerkit/core";
import type { Manner } from "./manner.js";

/** A reset may overtake bytes that the client has not read yet; so long it is held back after them. */
const RESET_AFTER_MS = 20;

/** Sends chunks as fast as the client takes them, and then ends as wanted: earlier than announced, perhaps. */
export async function sendSo(
  manner: Manner,
  chunks: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  announced: number,
  clock: Clock,
  gone: AbortSignal,
): Promise<void> {
  const { socket } = response;
  let sent = 0;
  try {
    response.flushHeaders();
    for await (const chunk of chunks) {
      sent += chunk.length;
      if (!response.write(chunk)) await once(response, "drain", { signal: gone });
    }
  } catch (error) {
    // Who has gone needs no more.
    if (gone.aborted) return;
    throw error;
  }
  if (sent === announced) response.end();
  else if (manner.end === "orderly") socket?.end();
  else {
    await clock.sleep(RESET_AFTER_MS, gone).catch(() => {});
    socket?.resetAndDestroy();
  }
}
