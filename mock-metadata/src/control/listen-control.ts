import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { messageOf } from "@namerkit/core";
import type { Metadata } from "../metadata.js";
import { Port } from "../port.js";
import { control } from "./control.js";
import { refusal } from "./origin.js";
import { pagePart } from "./page.js";

export interface ControlListening extends AsyncDisposable {
  readonly port: number;
  /** Also ends a restart that is under way: the server is left as it is then. */
  close(): Promise<void>;
}

/** The control API on a socket of its own, so that it stays when the metadata API is taken down. Port 0: any free one. */
export async function listenControl(metadata: Metadata, host: string, port: number): Promise<ControlListening> {
  const stop = new AbortController();
  const server = createServer((request, response) => void answer(metadata, request, response, stop.signal));
  const door = new Port(server, host, port);
  await door.open();
  const close = (): Promise<void> => {
    stop.abort();
    return door.shut();
  };
  return { port: door.number, close, [Symbol.asyncDispose]: close };
}

async function answer(
  metadata: Metadata,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  request.resume();
  try {
    const told = await answerTo(metadata, request, signal);
    response.writeHead(told.status, Object.fromEntries(told.headers));
    response.end(`${await told.text()}\n`);
  } catch (error) {
    response.writeHead(400, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ code: "MOCK_CONTROL", message: messageOf(error) })}\n`);
  }
}

async function answerTo(metadata: Metadata, request: IncomingMessage, signal: AbortSignal): Promise<Response> {
  const { method = "GET", url = "/", headers } = request;
  const target = new URL(url, "http://control");
  if (method === "GET" || method === "HEAD") {
    const part = await pagePart(target.pathname, headers.accept ?? "");
    if (part !== undefined) return part;
    return control(metadata, new Request(target), { signal });
  }
  const message = refusal(headers);
  if (message !== undefined) return Response.json({ code: "MOCK_ORIGIN", message }, { status: 403 });
  return control(metadata, new Request(target, { method: "POST" }), { signal });
}
