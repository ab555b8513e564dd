import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, type Closable, systemClock } from "@namerkit/core";

/** As real servers have it. */
const BOOKMARK_MS = 60_000;

type Json = Record<string, unknown>;
interface Stored {
  readonly object: Json;
  readonly labels: Record<string, string>;
}
interface Watcher {
  readonly resource: string;
  readonly matches: (one: Stored) => boolean;
  readonly response: ServerResponse;
  readonly seen: Set<string>;
  /** Only what comes after this is told. */
  readonly from: number;
}

/**
 * As much of an API server as these tests need: collections with one version for all, lists, watches with selectors and the first
 * objects, rights by resource and scope.
 */
export class MiniApi implements AsyncDisposable {
  /** Paths and queries, in order. */
  readonly asked: string[] = [];
  /** Status by which a request is refused, if it is. */
  refuse: (path: string, headers: IncomingMessage["headers"]) => number | undefined = () => undefined;
  /** Without EndpointSlices. */
  old = false;
  version = 100;
  /** Watches cannot begin before this version. */
  compacted = 0;
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #watchers = new Set<Watcher>();
  /** Put in front of the objects of every list and watch: what nobody can understand. */
  odd: readonly Json[] = [];
  /** Added to every object. */
  more: Json = {};
  readonly #clock: Clock;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  static async start(clock: Clock = systemClock): Promise<MiniApi> {
    const api = new MiniApi(clock);
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  /** Watches that are open. */
  get watches(): number {
    return this.#watchers.size;
  }
  watchesOf(part: string): number {
    return [...this.#watchers].filter(({ resource }) => resource.includes(part)).length;
  }

  apply(resource: string, namespace: string, name: string, object: Json, labels: Record<string, string> = {}): void {
    const metadata = { namespace, name, labels, resourceVersion: String(++this.version) };
    const stored = { object: { ...object, metadata }, labels };
    const all = this.#of(resource);
    all.set(`${namespace}/${name}`, stored);
    for (const one of this.#watchers) if (one.resource === resource) this.#tell(one, `${namespace}/${name}`, stored);
  }

  remove(resource: string, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const stored = this.#of(resource).get(key);
    if (stored === undefined) return;
    this.#of(resource).delete(key);
    const metadata = { ...(stored.object["metadata"] as Json), resourceVersion: String(++this.version) };
    for (const one of this.#watchers) {
      if (one.resource !== resource || this.version <= one.from || !one.seen.delete(key)) continue;
      send(one.response, "DELETED", { ...stored.object, metadata });
    }
  }

  /** Watches end, as when the server is stopped. */
  drop(how: "end" | "reset" = "end"): void {
    for (const { response } of this.#watchers) {
      if (how === "end") response.end();
      else response.destroy();
    }
    this.#watchers.clear();
  }

  /** An older state is put back, by somebody who has a backup: versions that were told already will be told again, of other things. */
  restore(objects: ReadonlyMap<string, ReadonlyMap<string, unknown>>, version: number): void {
    this.#objects.clear();
    for (const [resource, all] of objects) this.#objects.set(resource, new Map(all as Map<string, Stored>));
    this.version = version;
    this.compacted = 0;
  }

  /** What `restore` takes. */
  backup(): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
    return new Map([...this.#objects].map(([resource, all]) => [resource, new Map(all)]));
  }

  bookmark(): void {
    for (const { response, from } of this.#watchers) {
      if (from > this.version) continue;
      send(response, "BOOKMARK", { metadata: { resourceVersion: String(this.version) }, endpoints: null });
    }
  }

  /** What any client should be told of all objects of a resource from now on, though nothing has changed. */
  touch(resource: string, namespace: string, name: string, more: Json = {}): void {
    const stored = this.#of(resource).get(`${namespace}/${name}`);
    if (stored !== undefined) this.apply(resource, namespace, name, { ...stored.object, ...more }, stored.labels);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop("reset");
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #of(resource: string): Map<string, Stored> {
    let all = this.#objects.get(resource);
    if (all === undefined) {
      all = new Map();
      this.#objects.set(resource, all);
    }
    return all;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://api");
    this.asked.push(url.pathname + url.search);
    const found = /^\/(?:api\/v1|apis\/[^/]+\/v1)\/(?:namespaces\/([^/]+)\/)?([a-z]+)$/.exec(url.pathname);
    const refused = this.refuse(url.pathname, request.headers);
    if (refused !== undefined) {
      status(response, refused, `${found?.[2] ?? "it"} is forbidden: not in this namespace`);
      return;
    }
    if (found === null || (this.old && url.pathname.startsWith("/apis/"))) {
      status(response, 404, "the server could not find the requested resource");
      return;
    }
    const [, namespace, resource = ""] = found;
    const matches = selecting(namespace, url.searchParams);
    if (url.searchParams.get("watch") === null) this.#list(resource, matches, response);
    else this.#watch(resource, matches, url.searchParams, response);
  }

  #list(resource: string, matches: (one: Stored) => boolean, response: ServerResponse): void {
    const items = [...this.odd, ...this.#found(resource, matches)];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ metadata: { resourceVersion: String(this.version) }, items }));
  }

  #found(resource: string, matches: (one: Stored) => boolean): readonly Json[] {
    return [...this.#of(resource).values()].filter(matches).map(({ object }) => ({ ...object, ...this.more }));
  }

  #watch(resource: string, matches: Watcher["matches"], query: URLSearchParams, response: ServerResponse): void {
    response.setHeader("content-type", "application/json");
    response.flushHeaders();
    const initial = query.get("sendInitialEvents") === "true";
    const from = Number(query.get("resourceVersion") ?? 0);
    const watcher = { resource, matches, response, seen: new Set<string>(), from };
    for (const one of this.odd) send(response, "ADDED", one);
    if (!initial && from < this.compacted) {
      const message = `too old resource version: ${from} (${this.compacted})`;
      send(response, "ERROR", { kind: "Status", message, reason: "Expired", code: 410 });
      response.end();
      return;
    }
    for (const [key, one] of this.#of(resource)) {
      if (!matches(one)) continue;
      watcher.seen.add(key);
      const version = Number((one.object["metadata"] as Json)["resourceVersion"]);
      if (initial || version > from) send(response, "ADDED", { ...one.object, ...this.more });
    }
    if (initial) {
      const annotations = { "k8s.io/initial-events-end": "true" };
      send(response, "BOOKMARK", { metadata: { resourceVersion: String(this.version), annotations } });
    }
    this.#watchers.add(watcher);
    const timers = this.#timers(watcher, Number(query.get("timeoutSeconds") ?? 1_800) * 1_000);
    response.on("close", () => {
      this.#watchers.delete(watcher);
      timers.close();
    });
  }

  /** Bookmarks, and the end of its time. */
  #timers({ response, from }: Watcher, timeoutMs: number): Closable {
    let next: Closable;
    const mark = (): void => {
      if (from <= this.version)
        send(response, "BOOKMARK", { metadata: { resourceVersion: String(this.version) }, endpoints: null });
      next = this.#clock.after(BOOKMARK_MS, mark);
    };
    next = this.#clock.after(BOOKMARK_MS, mark);
    const end = this.#clock.after(timeoutMs, () => response.end());
    const close = (): void => {
      next.close();
      end.close();
    };
    return { close, [Symbol.dispose]: close };
  }

  #tell(watcher: Watcher, key: string, stored: Stored): void {
    if (this.version <= watcher.from) return;
    const knew = watcher.seen.has(key);
    if (watcher.matches(stored)) {
      watcher.seen.add(key);
      send(watcher.response, knew ? "MODIFIED" : "ADDED", { ...stored.object, ...this.more });
    } else if (watcher.seen.delete(key)) send(watcher.response, "DELETED", stored.object);
  }
}

function selecting(namespace: string | undefined, query: URLSearchParams): (one: Stored) => boolean {
  const [label, labelValue] = (query.get("labelSelector") ?? "").split("=");
  const [, name] = (query.get("fieldSelector") ?? "").split("=");
  return ({ object, labels }) => {
    const metadata = object["metadata"] as Json;
    if (namespace !== undefined && metadata["namespace"] !== namespace) return false;
    if (name !== undefined && metadata["name"] !== name) return false;
    return !label || labels[label] === labelValue;
  };
}

function send(response: ServerResponse, type: string, object: Json): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function status(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify({ kind: "Status", status: "Failure", message, code }));
}
