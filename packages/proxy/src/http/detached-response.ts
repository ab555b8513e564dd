import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * An answer to a request that node has handed over with its socket (Upgrade, CONNECT) instead of answering it itself. The
 * connection ends with it.
 */
export function detachedResponse(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  const drained = () => res.emit("drain");
  socket.on("drain", drained);
  res.once("finish", () => {
    socket.off("drain", drained);
    res.detachSocket(socket);
    // What the client has sent meanwhile must not make the kernel reset the connection before the answer is read.
    socket.resume();
    socket.end(() => socket.destroy());
    res.emit("close");
  });
  return res;
}
