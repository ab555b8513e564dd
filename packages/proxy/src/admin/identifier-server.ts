import { createServer, type IncomingMessage, type Server } from "node:http";
import { type Closable, messageOf, NamerError } from "@namerkit/core";
import { named } from "../http/naming.js";
import { ProxiedHead } from "../http/request-head.js";
import type { RouterRuntime } from "../router/runtime.js";
import { hostPort } from "../upstream/connect.js";

/** Routers, as far as naming goes. */
export type NamingRouter = Pick<RouterRuntime, "label" | "dtab" | "identifiers" | "requestHeaders" | "limits">;

/**
 * Linkerd's `httpIdentifierPort`: tells of any request how each router would name it, instead of sending it anywhere:
 * `{"http":{"path":"/svc/web","dtab":"/svc=>/host"}}`, or `{"http":{"error":"why it has no name"}}`.
 */
export class IdentifierServer implements Closable {
  readonly #server: Server;
  readonly #where: { readonly ip: string; readonly port: number };

  /** `routers` is asked for at each request, for what a reload changes. */
  constructor(where: { readonly ip: string; readonly port: number }, routers: () => readonly NamingRouter[]) {
    this.#where = where;
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, requireHostHeader: false });
    this.#server.maxConnections = 100;
    this.#server.on("request", (request, response) => {
      request.resume();
      void Promise.all(routers().map(async (router) => [router.label, await nameOf(request, router)] as const)).then(
        (all) => {
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(Object.fromEntries(all)));
        },
      );
    });
  }

  /** Rejects with PROXY_LISTEN. */
  listen(): Promise<void> {
    const { ip, port } = this.#where;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => {
        const text = `cannot listen for httpIdentifierPort on ${hostPort(ip, port)}: ${messageOf(cause)}`;
        reject(new NamerError("PROXY_LISTEN", text, { cause }));
      });
      this.#server.listen({ host: ip, port }, resolve);
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Never rejects. */
async function nameOf(request: IncomingMessage, router: NamingRouter): Promise<object> {
  try {
    const head = new ProxiedHead(request, router.requestHeaders, { limits: router.limits });
    const { path } = await named(head, router.identifiers, Number.POSITIVE_INFINITY, request.socket);
    return { path: path.show(), dtab: router.dtab.concat(head.local).show() };
  } catch (thrown) {
    return { error: messageOf(thrown) };
  }
}
