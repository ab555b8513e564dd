import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What an endpoint does with requests. "refuse": nobody listens. */
export type Mood = "well" | "slow" | "reset" | "hang" | "cut" | "refuse";

/** An endpoint that answers each request with what it was asked, if it is in the mood. */
export class MoodyEndpoint implements AsyncDisposable {
  readonly port: number;
  /** Requests that it took and did not answer, or not to the end. */
  spoilt = 0;
  answered = 0;
  #mood: Mood = "well";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<MoodyEndpoint> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new MoodyEndpoint(server, (server.address() as AddressInfo).port);
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  get mood(): Mood {
    return this.#mood;
  }

  async become(mood: Mood): Promise<void> {
    if (mood === this.#mood) return;
    const was = this.#mood;
    this.#mood = mood;
    if (mood === "refuse") {
      // As a process that ends in good order: what it has begun is finished.
      this.#server.close();
      this.#server.closeIdleConnections();
    } else if (was === "refuse") {
      this.#server.listen(this.port, "127.0.0.1");
      await once(this.#server, "listening");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mood = this.#mood;
    let bytes = 0;
    try {
      for await (const chunk of request) bytes += (chunk as Buffer).length;
    } catch {
      return;
    }
    const text = `${request.method} ${request.url} ${bytes}`;
    if (mood === "reset" || mood === "hang" || mood === "cut") {
      this.spoilt++;
      if (mood === "hang") await new Promise((resolve) => setTimeout(resolve, 300));
      else if (mood === "cut") {
        response.writeHead(200, { "content-length": text.length });
        response.write(text.slice(0, 5));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      request.socket.resetAndDestroy();
      return;
    }
    if (mood === "slow") await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
    this.answered++;
    if (this.#mood === "refuse") response.setHeader("connection", "close");
    response.end(text);
  }
}
