import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecurityPlan } from "@namerkit/config";
import { type Clock, type Closable, type Logger, messageOf, NamerError } from "@namerkit/core";
import type { Listening } from "../http/proxy-server.js";
import type { ServerTls } from "../tls/server-tls.js";
import { hostPort } from "../upstream/connect.js";
import { type AdminAnswer, type AdminPage, type AdminRequest, jsonError, text } from "./answer.js";
import { type GuardOptions, refusal } from "./guard.js";
import { htmlPage, policy } from "./html-page.js";
import { sendPieces } from "./pieces.js";
import { standingPages } from "./plugin-pages.js";
import { isServed } from "./security.js";

const maxBodyBytes = 1 << 20;
/** Above every limit that a page sets for itself. */
const answerMs = 10_000;

export interface AdminEnv {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long nothing may move on a connection: whoever does not read an answer is cut off. 60 s by default. */
  readonly stallMs?: number;
}

export interface AdminOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly security: SecurityPlan;
  /** Absent: plain. */
  readonly tls?: ServerTls | undefined;
}

/** The admin interface: a few pages over node:http. No input makes it throw; every answer ends within 10 s. */
export class AdminServer {
  readonly #server: Server;
  readonly #pages: () => readonly AdminPage[];
  readonly #guard: GuardOptions;
  readonly #options: AdminOptions;
  readonly #env: AdminEnv;
  #certificate: Closable | undefined;

  /** `pages` is asked for at each request, for what a reload changes. */
  constructor(pages: () => readonly AdminPage[], guard: GuardOptions, options: AdminOptions, env: AdminEnv) {
    this.#pages = () => [...pages(), ...standingPages];
    this.#guard = { ...guard, secure: options.tls !== undefined };
    this.#options = options;
    this.#env = env;
    const limits = {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    };
    const { tls } = options;
    this.#server =
      tls === undefined
        ? createServer(limits)
        : createSecureServer({ ...limits, ...tls.options, handshakeTimeout: limits.headersTimeout });
    this.#server.maxConnections = 1_000;
    this.#server.timeout = env.stallMs ?? 60_000;
    this.#server.on("request", (req, res) => this.#serve(req, res));
  }

  /** Rejects with PROXY_LISTEN or PROXY_TLS_FILES. */
  async listen(): Promise<Listening> {
    const { ip } = this.#guard;
    const { port, tls } = this.#options;
    this.#certificate = await tls?.serve(this.#server as SecureServer);
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) => {
        const text = `cannot listen for admin on ${hostPort(ip, port)}: ${messageOf(cause)}`;
        reject(new NamerError("PROXY_LISTEN", text, { cause }));
      };
      this.#server.once("error", failed);
      this.#server.listen({ host: ip, port }, () => {
        this.#server.off("error", failed).on("error", (error) => this.#env.log.error({ err: error }, messageOf(error)));
        resolve({ host: ip, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  close(): void {
    this.#certificate?.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    res.on("error", () => {});
    const stop = new AbortController();
    const timer = this.#env.clock.after(answerMs, () => stop.abort());
    res.once("close", () => {
      timer.close();
      stop.abort();
    });
    this.#answer(req, stop.signal).then(
      (answer) => {
        // From here on the client's reading is what takes time.
        timer.close();
        return send(req, res, answer, this.#env);
      },
      (thrown: unknown) => {
        // Nobody is left to be told, and it is no fault of ours.
        if (res.destroyed) return;
        this.#env.log.error({ err: thrown }, `admin: ${messageOf(thrown)}`);
        send(req, res, jsonError(500, "INTERNAL", messageOf(thrown)), this.#env);
      },
    );
  }

  async #answer(req: IncomingMessage, signal: AbortSignal): Promise<AdminAnswer> {
    const method = req.method ?? "GET";
    const why = refusal(
      {
        method,
        host: req.headers.host,
        origin: req.headers.origin,
        fetchSite: header(req, "sec-fetch-site"),
      },
      this.#guard,
    );
    if (why !== undefined) return jsonError(403, "FORBIDDEN", why);
    const [rawPath = "/", ...query] = (req.url ?? "/").split("?");
    const path = decoded(rawPath);
    // As if it were not there: not even which pages there are is told.
    if (!isServed(path, this.#options.security)) return text(404, "");
    const all = this.#pages();
    const page = all.find((one) => (one.prefix === true ? path.startsWith(one.path) : path === one.path));
    if (page === undefined) return jsonError(404, "NOT_FOUND", "there is no such page; /admin lists them");
    if (!page.methods.includes(method) && !(method === "HEAD" && page.methods.includes("GET"))) {
      const allowed = page.methods.join(", ");
      return { ...jsonError(405, "METHOD", `allowed here: ${allowed}`), headers: [["Allow", allowed]] };
    }
    const body = method === "POST" ? await readBody(req) : "";
    if (body === undefined) return jsonError(413, "TOO_LARGE", `more than ${maxBodyBytes} bytes`);
    const served = all.filter((one) => isServed(one.path, this.#options.security));
    const request: AdminRequest = {
      method,
      path,
      query: new URLSearchParams(query.join("?")),
      host: req.headers.host,
      contentType: req.headers["content-type"],
      body,
      signal,
      pages: served,
      page: (content) => htmlPage(content, path, served),
    };
    return page.handle(request);
  }
}

function send(req: IncomingMessage, res: ServerResponse, answer: AdminAnswer, { clock, log }: AdminEnv): void {
  if (res.headersSent || res.destroyed) return;
  const { body } = answer;
  const headers = ["Content-Type", answer.type, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"];
  const own = answer.headers?.some(([name]) => name.toLowerCase() === "content-security-policy") ?? false;
  if (answer.type.startsWith("text/html")) headers.push("Referrer-Policy", "no-referrer");
  if (answer.type.startsWith("text/html") && !own) headers.push("Content-Security-Policy", policy);
  if (typeof body === "string") headers.push("Content-Length", String(Buffer.byteLength(body)));
  for (const [name, value] of answer.headers ?? []) headers.push(name, value);
  if (!req.complete) headers.push("Connection", "close");
  res.writeHead(answer.status, headers);
  if (req.method === "HEAD") res.end();
  else if (typeof body === "string") res.end(body);
  else
    sendPieces(res, body, clock).catch((thrown: unknown) => log.error({ err: thrown }, `admin: ${messageOf(thrown)}`));
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Undefined when there is too much of it. Bounded in time by the server's requestTimeout. */
function readBody(req: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) {
        req.pause();
        resolve(undefined);
      } else {
        chunks.push(chunk);
      }
    });
    req.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    req.once("error", reject);
    req.once("close", () => reject(new Error("the client went away")));
  });
}
