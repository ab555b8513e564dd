import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { messageOf } from "@namerkit/core";

/** How long a stopped container goes on answering: the time orchestrators grant for what is on its way. */
const DRAIN_MS = 1_000;

/** The containers of the demo: each a small web server that answers with its own name, at an address of its own. */
export class Containers {
  /** The same for all, as it is for the containers of a service. */
  readonly port: number;
  readonly #running = new Map<string, Server>();
  readonly #draining = new Set<NodeJS.Timeout>();

  constructor(port: number) {
    this.port = port;
  }

  /** Starts what is missing and stops what is too much. `wanted` is address by container name. */
  async become(wanted: ReadonlyMap<string, string>): Promise<void> {
    await Promise.all(
      [...wanted].filter(([name]) => !this.#running.has(name)).map(([name, ip]) => this.#start(name, ip)),
    );
    for (const [name, server] of this.#running) {
      if (wanted.has(name)) continue;
      this.#running.delete(name);
      const timer = setTimeout(() => {
        this.#draining.delete(timer);
        stop(server);
      }, DRAIN_MS);
      this.#draining.add(timer);
    }
  }

  async #start(name: string, ip: string): Promise<void> {
    const server = createServer((request, response) => {
      request.resume();
      response.setHeader("content-type", "text/plain");
      response.end(`${name}\n`);
    });
    this.#running.set(name, server);
    server.listen(this.port, ip);
    try {
      await once(server, "listening");
    } catch (error) {
      this.#running.delete(name);
      throw new Error(explain(ip, this.port, error), { cause: error });
    }
  }

  close(): void {
    for (const timer of this.#draining) clearTimeout(timer);
    for (const server of this.#running.values()) stop(server);
    this.#running.clear();
  }
}

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function explain(ip: string, port: number, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const problem = `no container can listen on ${ip}:${port}: ${messageOf(error)}.`;
  if (code === "EADDRNOTAVAIL") {
    return `${problem} This system has no such loopback address; on macOS, "sudo ifconfig lo0 alias ${ip}" adds it.`;
  }
  return problem;
}
