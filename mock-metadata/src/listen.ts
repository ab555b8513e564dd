import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:net";
import { messageOf } from "@namerkit/core";
import { gibberish } from "./faults/instead.js";
import { sendSo } from "./faults/send.js";
import type { Metadata, Told } from "./metadata.js";
import { Port } from "./port.js";

export interface ListenOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Told when the server should come back and cannot, because its port is taken. Default: thrown, as an unhandled rejection. */
  readonly onError?: (error: Error) => void;
}

export interface Listening extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  readonly sockets: number;
  /** Resets what is open. Resolves once the port is free. */
  close(): Promise<void>;
}

/** Serves metadata on a socket. While it is taken down, nothing listens, and connections are reset; it comes back on the same port. */
export async function listen(metadata: Metadata, options: ListenOptions = {}): Promise<Listening> {
  const { host = "127.0.0.1", onError } = options;
  // It never listens itself, so that connections can be kept from it. The real server keeps idle ones, for ever.
  const http = createHttp({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  http.on("request", (request, response) => void answer(metadata, request, response));
  const door = createServer((socket) => {
    if (!metadata.faults.halfOpen) http.emit("connection", socket);
    // Read, so that it is seen when the client gives up.
    else socket.on("error", () => {}).resume();
  });
  const port = new Port(door, host, options.port ?? 0);
  await port.open();
  const follow = metadata.online.observe((online) => {
    const done = online ? port.open() : port.shut();
    if (onError !== undefined) done.catch(onError);
  });
  const close = (): Promise<void> => {
    follow.close();
    return port.shut();
  };
  return {
    host,
    port: port.number,
    get sockets() {
      return port.sockets;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function answer(metadata: Metadata, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  request.resume();
  try {
    const clientIp = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const told = await metadata.tell(asRequest(request, gone.signal), clientIp);
    if (told.gibberish) request.socket.end(gibberish);
    else await send(metadata, told, request, response, gone.signal);
  } catch (error) {
    // What cannot even be represented, such as the target of a scanner; or a defect. Either way it gets an answer.
    if (!response.headersSent) response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
    response.end(`400 Bad Request: ${messageOf(error)}\n`);
  }
}

function asRequest(request: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    headers.append(request.rawHeaders[i] as string, request.rawHeaders[i + 1] as string);
  }
  const { method = "GET", url = "/" } = request;
  // A Request cannot be a TRACE; to the server, all methods but two are one.
  const known = method === "GET" || method === "HEAD";
  // In the form for proxies (RFC 9112, 3.2.2) the target brings its own authority.
  const target = /^https?:\/\//i.test(url) ? url : `http://metadata${url.startsWith("/") ? "" : "/"}${url}`;
  return new Request(target, { method: known ? method : "POST", headers, signal });
}

async function send(
  metadata: Metadata,
  { response: answer, manner }: Told,
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  if (answer.type === "error") {
    request.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.from(await answer.arrayBuffer());
  const length = manner === undefined ? body.length : manner.length(body.length);
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "content-length": length });
  if (request.method === "HEAD") response.end();
  else if (manner === undefined) response.end(body);
  else await sendSo(manner, manner.chunks(body, metadata.clock, gone), response, length, metadata.clock, gone);
}
