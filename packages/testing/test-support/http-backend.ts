import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@namerkit/core";
import type { Backend, Endpoint } from "../src/scenarios.js";

export const TOKEN = "t0p-s3cret/token+42";

interface Instance {
  readonly address?: unknown;
  readonly port?: unknown;
}

/**
 * Somebody's catalogue. `GET /v1/services/web?index=7&wait=30` answers `{ "instances": [{ "address", "port" }] }` with the header x-index
 * as soon as its index is another than 7, or after 30 s; 404 with x-index where there is no such service.
 */
export class HttpBackend implements Backend {
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #services = new Map<string, Instance[]>();
  readonly #odd = new Map<string, Instance[]>();
  #extra: object = {};
  #index = 1;
  #wake = new AbortController();
  #asked = 0;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(clock: Clock): Promise<HttpBackend> {
    const backend = new HttpBackend(clock);
    await new Promise<void>((resolve) => backend.#server.listen(0, "127.0.0.1", resolve));
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  put(service: string, endpoints: readonly Endpoint[]): void {
    const all = endpoints.map(({ ip, port }) => ({ address: ip, port }));
    this.#services.set(service, all);
    this.touch();
  }
  remove(service: string): void {
    this.#services.delete(service);
    this.touch();
  }
  touch(): void {
    this.#index++;
    const woken = this.#wake;
    this.#wake = new AbortController();
    woken.abort();
  }
  addOdd(service: string): void {
    this.#odd.set(service, [{ port: "x" }, {}]);
    this.touch();
  }
  addUnknown(): void {
    this.#extra = { mood: "sunny", tags: [{ deep: [1, 2] }] };
    this.touch();
  }
  async close(): Promise<void> {
    this.#wake.abort();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://catalogue");
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end("who are you?");
    if (searchParams.get("index") === String(this.#index)) {
      const signal = AbortSignal.any([this.#wake.signal, gone.signal]);
      await this.#clock.sleep(Number(searchParams.get("wait")) * 1000, signal).catch(() => {});
      if (gone.signal.aborted) return;
    }
    const service = decodeURIComponent(pathname.split("/").at(-1) ?? "");
    const instances = this.#services.get(service);
    response.setHeader("x-index", this.#index);
    if (instances === undefined) return void response.writeHead(404).end("{}");
    // No order of its own: another one each time.
    const list = [...instances, ...(this.#odd.get(service) ?? [])].map((one) => ({ ...one, ...this.#extra }));
    if (this.#asked++ % 2 === 1) list.reverse();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ instances: list, ...this.#extra }));
  }
}
