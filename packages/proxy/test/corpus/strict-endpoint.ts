import { createServer, type Server, type Socket } from "node:net";
import { type Address, address } from "@namerkit/core";

/**
 * An endpoint that reads HTTP/1.1 by the letter: whatever it cannot read is a violation, and whatever it can is a request. Answers each
 * with its own method and target.
 */
export class StrictEndpoint implements AsyncDisposable {
  /** As `METHOD target body`. */
  readonly requests: string[] = [];
  readonly hosts: string[] = [];
  readonly violations: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(): Promise<StrictEndpoint> {
    const endpoint = new StrictEndpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  get address(): Address {
    const at = this.#server.address();
    if (at === null || typeof at === "string") throw new Error("not listening");
    return address("127.0.0.1", at.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let rest = "";
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (let found = whole(rest); found !== undefined; found = whole(rest)) {
        if ("violation" in found) {
          this.violations.push(`${found.violation} in ${JSON.stringify(rest)}`);
          socket.destroy();
          return;
        }
        rest = found.rest;
        this.requests.push(found.request);
        this.hosts.push(found.host);
        const text = found.request.split(" ").slice(0, 2).join(" ");
        const body = found.request.startsWith("HEAD ") ? "" : text;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${body}`, "latin1");
      }
    });
  }
}

type Whole = { request: string; host: string; rest: string } | { violation: string } | undefined;

/** The first request in the text, by the letter; undefined where it is not all there yet. */
export function whole(text: string): Whole {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const start = /^([A-Z]+) ([!-~\x80-\xff]+) HTTP\/1\.[01]$/.exec(line);
  if (start === null) return { violation: `the line ${JSON.stringify(line)}` };
  const headers = new Map<string, string[]>();
  for (const one of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(one);
    if (header === null) return { violation: `the header ${JSON.stringify(one)}` };
    const [, name = "", value = ""] = header;
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value.trim()]);
  }
  const body = bodyOf(text.slice(end + 4), headers);
  if (body === undefined || "violation" in body) return body;
  const hosts = headers.get("host") ?? [];
  if (hosts.length > 1) return { violation: "several hosts" };
  return { request: `${start[1]} ${start[2]} ${body.body}`, host: hosts[0] ?? "", rest: body.rest };
}

function bodyOf(
  text: string,
  headers: ReadonlyMap<string, readonly string[]>,
): { body: string; rest: string } | { violation: string } | undefined {
  const lengths = headers.get("content-length") ?? [];
  const codings = headers.get("transfer-encoding") ?? [];
  if (lengths.length + codings.length > 1) return { violation: "several framings" };
  const [length] = lengths;
  const [coding] = codings;
  if (length !== undefined) {
    if (!/^\d{1,9}$/.test(length)) return { violation: `the length ${length}` };
    if (text.length < Number(length)) return undefined;
    return { body: text.slice(0, Number(length)), rest: text.slice(Number(length)) };
  }
  if (coding === undefined) return { body: "", rest: text };
  return coding === "chunked" ? dechunked(text) : { violation: `the coding ${coding}` };
}

function dechunked(text: string): { body: string; rest: string } | { violation: string } | undefined {
  let at = 0;
  let body = "";
  for (;;) {
    const end = text.indexOf("\r\n", at);
    if (end === -1) return undefined;
    const line = text.slice(at, end);
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) return { violation: `the chunk size ${JSON.stringify(line)}` };
    const size = Number.parseInt(line, 16);
    at = end + 2;
    if (size === 0) break;
    if (text.length < at + size + 2) return undefined;
    if (text.slice(at + size, at + size + 2) !== "\r\n") return { violation: "no end of a chunk" };
    body += text.slice(at, at + size);
    at += size + 2;
  }
  for (;;) {
    const end = text.indexOf("\r\n", at);
    if (end === -1) return undefined;
    if (end === at) return { body, rest: text.slice(at + 2) };
    if (!/^[!-9;-~]+:[\t\x20-\x7e\x80-\xff]*$/.test(text.slice(at, end))) return { violation: "a trailer" };
    at = end + 2;
  }
}
