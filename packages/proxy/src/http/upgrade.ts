import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Listener } from "./listener.js";

/**
 * Protocols that are not tunnelled: through a tunnel they would carry requests past everything that the proxy does with requests
 * (h2c), or it cannot be an end of them.
 */
const refused = /^(?:h2c?|http\/|tls\/)/i;

/**
 * Whether a request with an Upgrade gets a tunnel if the endpoint agrees. One with a body does not: where the body ends and the
 * other protocol begins is more than two parties have to agree on.
 */
export function tunnels(req: IncomingMessage): boolean {
  const { upgrade = "", "content-length": length, "transfer-encoding": encoding } = req.headers;
  if (req.httpVersion !== "1.1" || encoding !== undefined || (length !== undefined && length !== "0")) return false;
  return !upgrade.split(",").some((protocol) => refused.test(protocol.trim()));
}

/**
 * Has a request with an Upgrade read once more, without it: the server is free to ignore the wish (RFC 9110, 7.8). node has taken
 * its parser off the connection by then, and not looked at the body.
 */
export function readAgain({ server, accepts }: Listener, req: IncomingMessage, socket: Socket): void {
  const { rawHeaders } = req;
  let head = `${req.method} ${req.url} HTTP/${req.httpVersion}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!/^upgrade$/i.test(name)) head += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.from(`${head}\r\n`, "latin1"));
  server.emit(accepts, socket);
}
