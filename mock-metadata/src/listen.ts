import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Closable, messageOf } from "@namerkit/core";
import type { Metadata } from "./metadata.js";

export interface ListenOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Told of what goes wrong when the server should come back and cannot. Default: thrown, as an uncaught error. */
  readonly onError?: (error: Error) => void;
}

export interface Listening extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  readonly sockets: number;
  close(): Promise<void>;
}

/** Serves metadata on a socket. While it is taken down, nothing listens, and connections are reset. */
export async function listen(metadata: Metadata, options: ListenOptions = {}): Promise<Listening> {
  const { host = "127.0.0.1", onError } = options;
  const server = createServer((request, response) => void answer(metadata, request, response));
  const port = await open(server, host, options.port ?? 0);
  let sockets = 0;
  server.on("connection", (socket) => {
    sockets++;
    socket.once("close", () => sockets--);
  });
  const follow: Closable = metadata.online.observe((online) => {
    if (!online) shut(server);
    else if (!server.listening) {
      open(server, host, port).catch((error: Error) => {
        if (onError === undefined) throw error;
        onError(error);
      });
    }
  });
  const close = async (): Promise<void> => {
    follow.close();
    if (!server.listening) return;
    const closed = once(server, "close");
    shut(server);
    await closed;
  };
  return {
    host,
    port,
    get sockets() {
      return sockets;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function open(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function shut(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function answer(metadata: Metadata, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  request.resume();
  try {
    const headers = new Headers();
    for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
      headers.append(request.rawHeaders[i] as string, request.rawHeaders[i + 1] as string);
    }
    const url = new URL(`http://metadata${request.url ?? "/"}`);
    const asked = new Request(url, { method: request.method ?? "GET", headers, signal: gone.signal });
    const clientIp = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    await send(await metadata.handle(asked, clientIp), request, response);
  } catch (error) {
    // A request that cannot even be represented (a method or target of a scanner), or a defect: either way, an answer.
    if (!response.headersSent) response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
    response.end(`${messageOf(error)}\n`);
  }
}

async function send(answer: Response, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (answer.type === "error") {
    request.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status === 499 ? 400 : answer.status, {
    ...Object.fromEntries(answer.headers),
    "content-length": body.length,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
