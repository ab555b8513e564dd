import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@namerkit/core";

/** How long an answered client may go on sending a request body that nobody reads. */
const lingerMs = 2_000;

/**
 * Ends an answer. If the client is still sending its body, what it sends is read and thrown away for a while first: closing at
 * once would make the kernel reset the connection, and the client would lose the answer (RFC 9112, 9.6).
 */
export function endDownstream(req: IncomingMessage, res: ServerResponse, clock: Clock): void {
  if (req.complete || req.destroyed) {
    if (!req.readableEnded) req.resume();
    res.end();
    return;
  }
  const finish = () => {
    timer.close();
    req.off("end", finish).off("close", finish);
    res.end();
  };
  const timer = clock.after(lingerMs, finish);
  req.once("end", finish).once("close", finish);
  req.resume();
}

/**
 * Cuts an answer short so that the client cannot take it for a whole one. `framed`: the head told where the body ends; where it
 * ends with the connection (HTTP/1.0), only a reset tells a cut from an end.
 */
export function failDownstream(res: ServerResponse, framed: boolean): void {
  if (!framed && res.headersSent) res.socket?.resetAndDestroy();
  res.destroy();
}
