import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

type Json = Readonly<Record<string, unknown>>;

export interface CollectorOptions {
  /** The status for the nth delivery, from 0 on; undefined: never an answer. 202 by default. */
  readonly status?: (nth: number) => number | undefined;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A collector over real sockets that takes Zipkin's API, version 2, and nothing else: whatever is wrong with a delivery is in `wrong`. */
export class FakeCollector implements AsyncDisposable {
  readonly spans: Json[] = [];
  readonly deliveries: { readonly spans: number; readonly headers: IncomingMessage["headers"] }[] = [];
  readonly wrong: string[] = [];
  readonly #server: Server;
  #asked = 0;

  private constructor(options: CollectorOptions) {
    const handle = (req: IncomingMessage, res: { writeHead(status: number): unknown; end(): void }) => {
      const chunks: Buffer[] = [];
      req.on("data", (chunk: Buffer) => chunks.push(chunk));
      req.on("end", () => {
        const status = (options.status ?? (() => 202))(this.#asked++);
        if (status === undefined) return;
        if (status < 300) this.#take(req, Buffer.concat(chunks));
        res.writeHead(status);
        res.end();
      });
    };
    this.#server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
  }

  static async start(options: CollectorOptions = {}): Promise<FakeCollector> {
    const collector = new FakeCollector(options);
    await new Promise<void>((resolve) => collector.#server.listen(0, "127.0.0.1", resolve));
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Deliveries that were begun, answered or not. */
  get asked(): number {
    return this.#asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(req: IncomingMessage, bytes: Buffer): void {
    try {
      if (req.method !== "POST" || req.url !== "/api/v2/spans") throw new Error(`asked for ${req.method} ${req.url}`);
      if (req.headers["content-type"] !== "application/json") throw new Error("the Content-Type is not JSON");
      const text = req.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
      const spans: unknown = JSON.parse(text.toString("utf8"));
      if (!Array.isArray(spans) || spans.length === 0) throw new Error("not a list of spans");
      for (const span of spans) checkSpan(span as Json);
      this.deliveries.push({ spans: spans.length, headers: req.headers });
      this.spans.push(...(spans as Json[]));
    } catch (thrown) {
      this.wrong.push(String(thrown));
    }
  }
}

const keys = [
  ...["traceId", "id", "parentId", "kind", "name", "timestamp", "duration", "shared", "debug"],
  ...["localEndpoint", "remoteEndpoint", "tags", "annotations"],
];

/** Throws at what the definition of the API (zipkin.io/zipkin-api) does not allow. */
export function checkSpan(span: Json): void {
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what}: ${JSON.stringify(span)}`);
  };
  for (const key of Object.keys(span)) must(keys.includes(key), `unknown key ${key}`);
  const id = (value: unknown) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value) && !/^0+$/.test(value);
  must(typeof span.traceId === "string" && /^(?:[0-9a-f]{16}){1,2}$/.test(span.traceId), "traceId");
  must(id(span.id), "id");
  must(span.parentId === undefined || (id(span.parentId) && span.parentId !== span.id), "parentId");
  must(["CLIENT", "SERVER", "PRODUCER", "CONSUMER", undefined].includes(span.kind as string | undefined), "kind");
  must(typeof span.name === "string" && span.name === span.name.toLowerCase(), "name");
  must(Number.isSafeInteger(span.timestamp) && (span.timestamp as number) > 1e15, "timestamp in microseconds");
  must(Number.isSafeInteger(span.duration) && (span.duration as number) >= 1, "duration in microseconds");
  for (const key of ["shared", "debug"]) must([true, undefined].includes(span[key] as true | undefined), key);
  for (const key of ["localEndpoint", "remoteEndpoint"]) {
    const endpoint = (span[key] ?? {}) as Json;
    for (const one of Object.keys(endpoint))
      must(["serviceName", "ipv4", "ipv6", "port"].includes(one), `${key}.${one}`);
    const { port, serviceName, ipv4, ipv6 } = endpoint;
    must(
      port === undefined || (Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536),
      `${key}.port`,
    );
    must(serviceName === undefined || serviceName === String(serviceName).toLowerCase(), `${key}.serviceName`);
    must(ipv4 === undefined || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(ipv4 as string), `${key}.ipv4`);
    must(ipv6 === undefined || /^[0-9a-f:.]+$/i.test(ipv6 as string), `${key}.ipv6`);
  }
  const tags = (span.tags ?? {}) as Json;
  must(
    Object.values(tags).every((value) => typeof value === "string"),
    "tags",
  );
}
