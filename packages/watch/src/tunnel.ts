import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import { messageOf, NamerError } from "@namerkit/core";

/** A proxy through which servers are reached: http: or https:, with a name and a password if it wants them. */
export type ProxyUrl = Readonly<Pick<URL, "protocol" | "hostname" | "port" | "username" | "password">>;

/**
 * Has a proxy connect to a server, as browsers do for https (CONNECT; RFC 9110, 9.3.6). Has no deadline of its own: whoever destroys the
 * socket that `begun` is told of ends it.
 *
 * @throws NamerError NAMER_UNAVAILABLE that says what the proxy has answered, or what the socket was destroyed with
 */
export function openTunnel(
  proxy: ProxyUrl,
  host: string,
  port: number,
  begun: (socket: Socket) => void,
): Promise<Socket> {
  const secure = proxy.protocol === "https:";
  const shown = `the proxy ${proxy.protocol}//${proxy.hostname}:${portOf(proxy)}`;
  const target = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  const credentials = authorizationOf(proxy);
  return new Promise((resolve, reject) => {
    const failed = (what: string, cause?: unknown): void =>
      reject(new NamerError("NAMER_UNAVAILABLE", `${shown}: ${what}`, { cause }));
    const asked = (secure ? requestSecure : requestPlain)({
      method: "CONNECT",
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: portOf(proxy),
      path: target,
      headers: { host: target, ...(credentials !== undefined && { "proxy-authorization": credentials }) },
      agent: false,
    });
    asked.once("socket", begun);
    asked.once("connect", ({ statusCode = 0, statusMessage = "" }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket);
      socket.destroy();
      // Servers wait for us to speak, in TLS as in HTTP.
      if (head.length > 0 && statusCode < 300) failed(`it has sent ${head.length} bytes before anything was asked`);
      else failed(`it does not connect to ${target}: ${statusCode} ${statusMessage}`.trimEnd());
    });
    asked.once("response", ({ statusCode }) => {
      asked.destroy();
      failed(`it has answered CONNECT with ${statusCode}`);
    });
    asked.once("error", (error) => (error instanceof NamerError ? reject(error) : failed(messageOf(error), error)));
    asked.end();
  });
}

function portOf({ protocol, port }: ProxyUrl): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function authorizationOf({ username, password }: ProxyUrl): string | undefined {
  if (username === "" && password === "") return undefined;
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(both).toString("base64")}`;
}
