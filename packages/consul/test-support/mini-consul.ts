import { type Clock, systemClock } from "@namerkit/core";
import {
  answer,
  type Behaviour,
  type Exchange,
  type FaultyServer,
  faultyServer,
  type SeenRequest,
} from "@namerkit/testing";
import { asCatalog } from "./entries.js";

type Headers = Readonly<Record<string, string>>;

/**
 * Consul's HTTP API in few lines, with every part of its answers open to be replaced. Consul as a whole is ConsulFake of
 * @namerkit/testing/consul; here a test says to the letter what comes over the wire.
 */
export class MiniConsul implements AsyncDisposable {
  readonly server: FaultyServer;
  readonly #clock: Clock;
  readonly services = new Map<string, readonly object[]>();
  readonly queries = new Map<string, readonly object[]>();
  readonly kv = new Map<string, string>();
  readonly indexes = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  index = 10;
  /** Instead of the X-Consul-Index of each answer; null leaves it out. */
  indexHeader: ((path: string, index: number) => string | null) | undefined;
  headers: Headers = {};
  /** Chosen before anything else. */
  fault: ((request: SeenRequest) => Behaviour | undefined) | undefined;
  datacenters: readonly string[] = ["dc1"];
  self: unknown = { Config: { Datacenter: "dc1", NodeName: "node1" }, DebugConfig: { DNSDomain: "consul." } };
  /** Blocking queries under way. */
  held = 0;

  private constructor(server: FaultyServer, clock: Clock) {
    this.server = server;
    this.#clock = clock;
    this.heal();
  }

  static async start(clock: Clock = systemClock): Promise<MiniConsul> {
    return new MiniConsul(await faultyServer(undefined, { clock }), clock);
  }

  heal(): void {
    this.fault = undefined;
    this.server.behave((request) => this.fault?.(request) ?? this.#answering());
  }

  get options() {
    return { host: "127.0.0.1", port: this.server.port };
  }

  put(service: string, entries: readonly object[]): void {
    this.services.set(service, entries);
    this.#changed(service);
  }

  remove(service: string): void {
    this.services.delete(service);
    this.#changed(service);
  }

  putKey(key: string, value: string | undefined): void {
    if (value === undefined) this.kv.delete(key);
    else this.kv.set(key, value);
    this.#changed(`kv/${key}`);
  }

  /** Wakes everybody up, although nothing is different. */
  touch(): void {
    this.index++;
    for (const name of this.indexes.keys()) this.indexes.set(name, this.index);
    this.#wake();
  }

  /** The same for what is asked for by paths that begin so. */
  asked(path: string): readonly SeenRequest[] {
    return this.server.requests.filter(({ url }) => url.startsWith(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }

  #changed(what: string): void {
    this.index++;
    this.indexes.set(what, this.index);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #answering(): Behaviour {
    return { name: "Consul", request: (exchange) => this.#answer(exchange) };
  }

  async #answer(exchange: Exchange): Promise<void> {
    const url = new URL(exchange.request.url, "http://consul");
    const what = decodeURIComponent(url.pathname.replace(/^\/v1\/(catalog|health)\/(service|connect)\//, ""))
      .toLowerCase()
      .replace(/^\/v1\/kv\//, "kv/");
    const known = url.searchParams.get("index");
    const index = (): number => this.indexes.get(what) ?? this.index;
    if (known !== null && known !== "0") {
      const wait = Number(/^(\d+)ms$/.exec(url.searchParams.get("wait") ?? "")?.[1] ?? 300_000);
      if (!(await this.#hold(exchange, wait, () => index() > Number(known)))) return;
    }
    const header = this.indexHeader === undefined ? String(index()) : this.indexHeader(url.pathname, index());
    const headers = {
      "content-type": "application/json",
      "x-consul-knownleader": "true",
      "x-consul-lastcontact": "0",
      ...(header === null ? {} : { "x-consul-index": header }),
      ...this.headers,
    };
    const [body, status] = this.#body(url, what);
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    await answer(text, { status, headers }).request(exchange);
  }

  #body(url: URL, what: string): readonly [unknown, number] {
    const path = url.pathname;
    const dc = url.searchParams.get("dc");
    if (path === "/v1/agent/self") return [this.self, 200];
    if (path === "/v1/catalog/datacenters") return [this.datacenters, 200];
    if (dc !== null && !this.datacenters.includes(dc)) return ["No path to datacenter", 500];
    if (path === "/v1/catalog/services") {
      return [Object.fromEntries([...this.services].map(([name, entries]) => [name, tagsOf(entries)])), 200];
    }
    const query = /^\/v1\/query\/(.+)\/execute$/.exec(path)?.[1];
    if (query !== undefined) {
      const nodes = this.queries.get(decodeURIComponent(query));
      return nodes === undefined ? ["Query not found", 404] : [{ Service: "x", Nodes: nodes, Datacenter: "dc1" }, 200];
    }
    if (what.startsWith("kv/")) {
      const value = this.kv.get(what.slice(3));
      return value === undefined ? [undefined, 404] : [value, 200];
    }
    const entries = (this.services.get(what) ?? []).filter((one) => hasTags(one, url.searchParams.getAll("tag")));
    if (path.startsWith("/v1/catalog/service/")) return [entries.map(asCatalog), 200];
    return path.startsWith("/v1/health/") ? [entries, 200] : [undefined, 404];
  }

  async #hold(exchange: Exchange, wait: number, moved: () => boolean): Promise<boolean> {
    this.held++;
    let gone = false;
    let settle = (): void => {};
    const over = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const check = (): void => {
      if (moved()) settle();
    };
    const left = (): void => {
      gone = true;
      settle();
    };
    this.#waiting.add(check);
    exchange.socket.once("close", left);
    const timer = this.#clock.after(wait, settle);
    check();
    await over;
    timer.close();
    exchange.socket.off("close", left);
    this.#waiting.delete(check);
    this.held--;
    return !gone;
  }
}

function tagsIn(one: object): readonly string[] {
  // Tests put odd ones among them.
  const tags = (one as { readonly Service?: { readonly Tags?: unknown } } | null)?.Service?.Tags;
  return Array.isArray(tags) ? tags : [];
}

function tagsOf(entries: readonly object[]): readonly string[] {
  return [...new Set(entries.flatMap(tagsIn))];
}

function hasTags(one: object, tags: readonly string[]): boolean {
  const has = new Set(tagsIn(one).map((tag) => tag.toLowerCase()));
  return tags.every((tag) => has.has(tag.toLowerCase()));
}
