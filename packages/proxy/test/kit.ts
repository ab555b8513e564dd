import { connect, createServer, type Server, type Socket } from "node:net";
import type { Lease, NameClient } from "@namerkit/client";
import type { ClientSettings, ServerPlan, ServiceSettings } from "@namerkit/config";
import {
  type Address,
  address,
  type Clock,
  Dtab,
  type Identifier,
  memoryMetrics,
  type NamerError,
  NameTree,
  Path,
  type RequestObserver,
  silentLog,
  systemClock,
} from "@namerkit/core";
import { until } from "@namerkit/testing";
import { vi } from "vitest";
import { Compression } from "../src/http/compression.js";
import { Deadlines } from "../src/http/deadlines.js";
import { HeaderNames, requestRulesWithout, responseRules } from "../src/http/header-names.js";
import { defaultLimits, type HttpLimits } from "../src/http/limits.js";
import { ProxyServer } from "../src/http/proxy-server.js";
import { ClientUse, ServiceUse } from "../src/router/attachments.js";
import type { TraceKind } from "../src/telemetry/trace-context.js";
import { Tracing } from "../src/telemetry/tracing.js";
import { connectTcp } from "../src/upstream/connect.js";

export { until };

// Real sockets on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 30_000 });

/** A name client whose names all lead to one list of endpoints, tried in order; or which fails as it is told. */
export class FakeNames {
  addresses: readonly Address[];
  meta: Record<string, string> = {};
  id = Path.parse("/#/fake/web");
  residual = Path.empty;
  error: NamerError | undefined;
  /** While set, names do not resolve. */
  hold: Promise<void> | undefined;
  readonly acquired: { path: string; local: string }[] = [];
  readonly released: string[] = [];
  aborted = 0;
  readonly #client: ClientUse;
  readonly #service: (path: Path) => ServiceUse;

  constructor(addresses: readonly Address[], client: ClientUse, service: (path: Path) => ServiceUse) {
    this.addresses = addresses;
    this.#client = client;
    this.#service = service;
  }

  readonly client = {
    tryAcquire: (path: Path, local: Dtab) => {
      this.acquired.push({ path: path.show(), local: local.show() });
      return this.error === undefined && this.hold === undefined ? this.#lease(path, this.addresses) : undefined;
    },
    acquire: async (path: Path, _local: Dtab, { signal }: { signal?: AbortSignal } = {}) => {
      signal?.addEventListener("abort", () => this.aborted++);
      await this.hold;
      if (this.error !== undefined) throw this.error;
      const lease = this.#lease(path, this.addresses);
      if (lease === undefined) throw new Error("no addresses");
      return lease;
    },
    state: () => ({}),
    updates: () => ({ treeUpdates: 0, addrUpdates: 0, trees: {}, addrs: {} }),
    drained: async () => {},
    close() {},
    [Symbol.dispose]() {},
  } satisfies NameClient<ServiceUse, ClientUse>;

  #lease(service: Path, left: readonly Address[]): Lease<ServiceUse, ClientUse> | undefined {
    const [first, ...rest] = left;
    if (first === undefined) return undefined;
    let open = true;
    return {
      id: this.id,
      residual: this.residual,
      service,
      tree: NameTree.neg,
      address: first,
      addrMeta: this.meta,
      addresses: this.addresses,
      serviceAttachment: this.#service(service),
      clientAttachment: this.#client,
      another: () => {
        open = false;
        return this.#lease(service, rest);
      },
      answered: () => {},
      release: (outcome) => {
        if (open) this.released.push(outcome);
        open = false;
      },
    };
  }
}

export const byHost: Identifier = {
  identify: (head) =>
    head.authority === undefined || head.authority === ""
      ? { unidentified: "Host header is absent" }
      : { path: Path.of("svc", head.authority) },
};

export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  readonly names: FakeNames;
  readonly use: ClientUse;
  readonly server: ProxyServer;
  readonly metrics: ReturnType<typeof memoryMetrics>;
  readonly compression: Compression | undefined;
}

/** A proxy server on a free port, without naming. */
export async function proxyTo(
  addresses: readonly Address[],
  options: {
    limits?: Partial<HttpLimits>;
    identifiers?: readonly Identifier[];
    dtab?: string;
    clearContext?: boolean;
    maxCallDepth?: number;
    clock?: Clock;
    observers?: readonly RequestObserver[];
    tracing?: { readonly kind: TraceKind; readonly sampleRate?: number };
    server?: Partial<ServerPlan>;
    service?: ServiceSettings;
    client?: ClientSettings;
    compressionLevel?: number;
  } = {},
): Promise<TestProxy> {
  const limits = { ...defaultLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const metrics = memoryMetrics();
  const use = new ClientUse(Path.parse("/#/fake/web"), metrics.scope("rt", "http"), {
    clock,
    limits,
    connector: connectTcp,
    settings: options.client ?? {},
  });
  const services = new Map<string, ServiceUse>();
  const names = new FakeNames(addresses, use, (path) => {
    const known = services.get(path.show());
    if (known !== undefined) return known;
    const settings = options.service ?? {};
    const made = new ServiceUse(path, metrics.scope("rt", "http"), { clock, random: Math.random, settings });
    services.set(path.show(), made);
    return made;
  });
  const deadlines = new Deadlines(systemClock, 20);
  const tracing = new Tracing({ kind: "default", random: Math.random, ...options.tracing });
  const { compressionLevel = 0 } = options;
  const compression = compressionLevel === 0 ? undefined : new Compression(compressionLevel);
  const server = new ProxyServer(
    {
      ip: "127.0.0.1",
      port: 0,
      clearContext: options.clearContext ?? false,
      maxCallDepth: options.maxCallDepth ?? 1000,
      ...options.server,
    },
    {
      label: "http",
      dtab: Dtab.parse(options.dtab ?? "/svc => /#/fake"),
      identifiers: options.identifiers ?? [byHost],
      names: names.client,
      limits,
      deadlines,
      requestHeaders: new HeaderNames(requestRulesWithout(tracing.consumed)),
      responseHeaders: new HeaderNames(responseRules),
      compression,
      clock,
      random: Math.random,
      log: silentLog,
      tracing,
      observers: options.observers ?? [],
    },
    metrics.scope("rt", "http"),
  );
  const { port } = await server.listen();
  return {
    port,
    names,
    use,
    server,
    metrics,
    compression,
    async [Symbol.asyncDispose]() {
      server.close();
      use.close();
      deadlines.close();
    },
  };
}

/** A back end made of raw bytes: `answer` is called with what arrived on a connection so far, at each chunk. */
export class RawServer implements AsyncDisposable {
  readonly sockets: Socket[] = [];
  readonly received: string[] = [];
  readonly #server: Server;
  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: (socket: Socket, soFar: string, connection: number) => void): Promise<RawServer> {
    const server = createServer((socket) => {
      const connection = raw.sockets.push(socket) - 1;
      raw.received.push("");
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        raw.received[connection] += chunk.toString("latin1");
        answer(socket, raw.received[connection] as string, connection);
      });
    });
    const raw = new RawServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return raw;
  }

  get address(): Address {
    const at = this.#server.address();
    if (at === null || typeof at === "string") throw new Error("not listening");
    return address("127.0.0.1", at.port);
  }

  get all(): string {
    return this.received.join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers each request head (requests without bodies) with the same bytes. */
export function always(bytes: string): (socket: Socket, soFar: string) => void {
  const answered = new WeakMap<Socket, number>();
  return (socket, soFar) => {
    const heads = soFar.split("\r\n\r\n").length - 1;
    for (let i = answered.get(socket) ?? 0; i < heads; i++) socket.write(bytes, "latin1");
    answered.set(socket, heads);
  };
}

export interface RawAnswer {
  readonly text: string;
  readonly ended: boolean;
  readonly reset: boolean;
}

/** Sends bytes and reads until the other side closes, or `enough` says so; gives up after 15 s. */
export function exchange(
  port: number,
  bytes: string | readonly string[],
  enough: (text: string) => boolean = () => false,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    let ended = false;
    let reset = false;
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer, so far: ${JSON.stringify(text)}`));
    }, 15_000);
    socket.on("connect", () => {
      for (const part of typeof bytes === "string" ? [bytes] : bytes) socket.write(part, "latin1");
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (enough(text)) socket.destroy();
    });
    socket.on("end", () => {
      ended = true;
    });
    socket.on("error", () => {
      reset = true;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ text, ended, reset });
    });
  });
}

export function get(path = "/", headers: readonly string[] = [], host = "web"): string {
  return `${[`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<Address> {
  const server = await RawServer.start(() => {});
  const found = server.address;
  await server[Symbol.asyncDispose]();
  return found;
}
