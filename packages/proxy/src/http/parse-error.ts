import type { Duplex } from "node:stream";
import { encodeErr } from "./error-response.js";

interface ParseError extends Error {
  readonly code?: string;
  /** What had just arrived. */
  readonly rawPacket?: Buffer;
  readonly reason?: string;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  414: "URI Too Long",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
};

/** Status and text for what node's HTTP parser refused. `bytesRead`: of the connection. `lineBytes`: see HttpLimits. */
export function parseErrorAnswer(
  error: ParseError,
  bytesRead: number,
  lineBytes: number,
): { status: number; text: string } {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      if (longLine(error.rawPacket, bytesRead, lineBytes)) return { status: 414, text: "the request line is too long" };
      return { status: 431, text: "the request headers are too large" };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, text: "the chunk extensions are too large" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, text: "the request head did not arrive in time" };
    case "HPE_UNEXPECTED_CONTENT_LENGTH":
      return { status: 400, text: "conflicting `Content-Length` headers" };
    default:
      return { status: 400, text: `the request is not HTTP/1.1: ${error.reason ?? error.code ?? "unreadable"}` };
  }
}

/** Whether it is the first line of a connection that was too much. Of a later one only part may be at hand. */
function longLine(packet: Buffer | undefined, bytesRead: number, max: number): boolean {
  if (packet === undefined || packet.length !== bytesRead) return false;
  const end = packet.indexOf(10);
  return end === -1 || end > max;
}

/** Writes an answer past node's HTTP layer, for requests that never became one, and ends the connection. */
export function answerRaw(socket: Duplex, status: number, text: string): void {
  const body = Buffer.from(text, "utf8");
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
    `l5d-err: ${encodeErr(text, 1024)}`,
    "Connection: close",
  ];
  socket.on("error", () => {});
  socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]), () => socket.destroy());
}
