import { type Clock, systemClock } from "@namerkit/core";
import {
  jsonAnswer,
  type KubernetesAnswer,
  type KubernetesRequest,
  statusAnswer,
  textAnswer,
  type WatchAnswer,
} from "./http/answer.js";
import { type Ask, readAsk, versionIn } from "./http/ask.js";
import { FutureVersion, list, tooLarge } from "./http/list.js";
import { apiVersionOf, type KubernetesVersion, type Resource, resourcesOf } from "./objects.js";
import type { ApiRestartOptions, KubernetesFakeOptions, KubernetesFaults } from "./options.js";
import { type Change, Etcd } from "./store/etcd.js";
import { Rights, type Verb } from "./store/rights.js";
import { Watcher, type WatcherEnv } from "./watcher.js";

const futureMs = 3_000;
const requestMs = 60_000;
/** How long watches live on after the server was asked to end. */
const lastMinuteMs = 60_000;
const nosniff = { "x-content-type-options": "nosniff" };
const available =
  "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, " +
  "application/vnd.kubernetes.protobuf;stream=watch";

/** An API server over its store. */
export class ApiServer {
  readonly clock: Clock;
  readonly etcd: Etcd;
  readonly rights = new Rights();
  readonly version: KubernetesVersion;
  readonly resources: readonly Resource[];
  faults: KubernetesFaults = {};
  /** Listens. */
  alive = true;
  /** Watches that begin before this version cannot be told of what has happened since. */
  oldest = 0;
  readonly #watchMs: number;
  readonly #watchers = new Set<Watcher>();
  /** Starts of this server; what an earlier one had open it no longer knows. */
  #life = 0;

  constructor({
    clock = systemClock,
    version = "1.36",
    resourceVersion = 100,
    watchMs = 1_800_000,
  }: KubernetesFakeOptions) {
    this.clock = clock;
    this.version = version;
    this.resources = resourcesOf(version);
    this.#watchMs = watchMs;
    this.etcd = new Etcd(resourceVersion, (change) => this.#changed(change));
  }

  /** Those that are open. */
  get watchers(): readonly Watcher[] {
    return [...this.#watchers];
  }

  async handle(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesAnswer> {
    const fault = this.faults.answer?.(request);
    if (fault !== undefined) return fault;
    if (request.method !== "GET")
      return statusAnswer({ code: 405, message: "the fake only answers GET", reason: "MethodNotAllowed" });
    const { pathname } = new URL(request.target, "http://api");
    if (pathname === "/version") return jsonAnswer(200, this.#versionObject(), this.#common());
    if (pathname === "/livez" || pathname === "/readyz" || pathname === "/healthz") return textAnswer(200, "ok");
    const ask = readAsk(request.target, this.resources);
    if (ask === "group") return textAnswer(404, "404 page not found\n", this.#common(nosniff));
    if (ask === "resource") {
      const message = "the server could not find the requested resource";
      return statusAnswer({ code: 404, message, reason: "NotFound", details: {} });
    }
    if (ask === "selector") {
      return statusAnswer({ code: 400, message: "unable to parse the selector", reason: "BadRequest" });
    }
    const refusal = this.#refusal(request, ask);
    if (refusal !== undefined) return refusal;
    const headers = this.#headersOf(ask.resource);
    if (!accepts(request)) {
      const message = `406: Not Acceptable\n\nAvailable representations: ${available}`;
      return statusAnswer({ code: 406, message, reason: "NotAcceptable", details: {} });
    }
    if (ask.watch) return this.#watch(ask, headers);
    if (ask.name !== undefined) return this.#get(ask, ask.name, headers);
    return this.#list(ask, headers, signal);
  }

  /** The next versions are those of a server that has only just read what there is. */
  restart({ killed = false, downMs = 0, forbiddenMs = 0 }: ApiRestartOptions): void {
    const open = [...this.#watchers];
    if (killed) for (const watcher of open) watcher.reset();
    else {
      this.clock.after(lastMinuteMs, () => {
        for (const watcher of open) watcher.end();
      });
    }
    const life = ++this.#life;
    const up = (): void => {
      if (life !== this.#life) return;
      this.alive = true;
      this.oldest = this.etcd.version;
      if (forbiddenMs > 0) {
        this.rights.unread = true;
        this.clock.after(forbiddenMs, () => {
          this.rights.unread = false;
        });
      }
    };
    if (downMs === 0) {
      up();
    } else {
      this.alive = false;
      this.clock.after(downMs, up);
    }
  }

  #changed(change: Change): void {
    for (const watcher of [...this.#watchers]) {
      if (watcher.ask.resource.name === change.resource) watcher.changed(change);
    }
  }

  #refusal(request: KubernetesRequest, ask: Ask): KubernetesAnswer | undefined {
    const { resource, namespace } = ask;
    const verb: Verb = ask.watch ? "watch" : ask.name === undefined ? "list" : "get";
    const { authorization } = request.headers;
    const token = typeof authorization === "string" ? /^Bearer (.+)$/.exec(authorization)?.[1] : undefined;
    const refused = this.rights.refuses(token, { verb, resource: resource.name, group: resource.group, namespace });
    if (refused === undefined) return undefined;
    if (refused.status === 401) return statusAnswer({ code: 401, message: "Unauthorized", reason: "Unauthorized" });
    const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const what = `cannot ${verb} resource "${resource.name}" in API group "${resource.group}" ${where}`;
    const named = ask.name === undefined ? "" : ` "${ask.name}"`;
    return statusAnswer(
      {
        code: 403,
        message: `${forbidden(resource)}${named} is forbidden: User "${refused.user}" ${what}`,
        reason: "Forbidden",
        details: {
          ...(ask.name === undefined ? {} : { name: ask.name }),
          ...(resource.group === "" ? {} : { group: resource.group }),
          kind: resource.name,
        },
      },
      nosniff,
    );
  }

  #get({ resource, namespace }: Ask, name: string, headers: Readonly<Record<string, string>>): KubernetesAnswer {
    const object = this.etcd.get(resource.name, namespace === undefined ? name : `${namespace}/${name}`);
    if (object !== undefined) {
      return jsonAnswer(200, { kind: resource.kind, apiVersion: apiVersionOf(resource), ...object }, headers);
    }
    const details = { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.name };
    const message = `${forbidden(resource)} "${name}" not found`;
    return statusAnswer({ code: 404, message, reason: "NotFound", details }, headers);
  }

  async #list(ask: Ask, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<KubernetesAnswer> {
    if (this.faults.etcdHangs === true && ask.query.get("resourceVersion") !== "0") {
      await this.#wait(requestMs, signal);
      const message = "Timeout: request did not complete within the allotted timeout";
      const body = { metadata: {}, status: "Failure", message, reason: "Timeout", details: {}, code: 504 };
      return textAnswer(504, `${JSON.stringify(body)}\n`);
    }
    let answer = list(ask, this.etcd, headers);
    if (answer instanceof FutureVersion) {
      await this.#wait(futureMs, signal);
      answer = list(ask, this.etcd, headers);
    }
    return answer instanceof FutureVersion ? tooLarge(answer, this.etcd.version, headers) : answer;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.clock.sleep(ms, signal).catch(() => {});
  }

  #watch(ask: Ask, headers: Readonly<Record<string, string>>): KubernetesAnswer {
    const { query } = ask;
    const wanted = versionIn(query);
    if (wanted === undefined) {
      const text = query.get("resourceVersion") ?? "";
      const message = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
      return statusAnswer({ code: 500, message }, headers);
    }
    const streamed = query.get("sendInitialEvents") === "true";
    if (streamed && (this.version === "1.20" || query.get("resourceVersionMatch") !== "NotOlderThan")) {
      return this.#unprocessable(headers);
    }
    const fresh = streamed || wanted === "none" || wanted === 0;
    return this.#stream(ask, headers, fresh ? "fresh" : (wanted as number), streamed);
  }

  #stream(ask: Ask, headers: Readonly<Record<string, string>>, from: number | "fresh", streamed: boolean): WatchAnswer {
    const { query, resource } = ask;
    const timeoutMs = Number(query.get("timeoutSeconds") ?? 0) * 1_000 || this.#watchMs;
    return {
      status: 200,
      headers: { "content-type": "application/json", ...headers },
      watch: (sink) => {
        const start = from === "fresh" ? this.etcd.version : from;
        const watcher = new Watcher(ask, start, timeoutMs, sink, this.#watcherEnv());
        if (this.faults.closeAtOnce === true) {
          watcher.end();
          return watcher;
        }
        if (from === "fresh") {
          const marked = streamed && query.get("allowWatchBookmarks") === "true";
          watcher.initial(this.etcd.list(resource.name), marked);
        } else if (from < this.oldest) {
          watcher.expired(this.oldest);
          return watcher;
        } else if (from <= this.etcd.version) {
          watcher.knows(this.etcd.listAt(resource.name, from));
          for (const change of this.etcd.since(resource.name, from)) watcher.changed(change);
        }
        this.#watchers.add(watcher);
        return watcher;
      },
    };
  }

  #watcherEnv(): WatcherEnv {
    return {
      clock: this.clock,
      version: () => this.etcd.version,
      pieces: () => this.faults.pieces,
      silent: () => this.faults.silence === true || this.faults.etcdHangs === true,
      closed: (watcher) => this.#watchers.delete(watcher),
    };
  }

  #unprocessable(headers: Readonly<Record<string, string>>): KubernetesAnswer {
    const field = this.version === "1.20" ? "sendInitialEvents" : "resourceVersionMatch";
    const why =
      this.version === "1.20"
        ? "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        : "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    return statusAnswer(
      {
        code: 422,
        message: `ListOptions.meta.k8s.io "" is invalid: ${field}: ${why}`,
        reason: "Invalid",
        details: {
          group: "meta.k8s.io",
          kind: "ListOptions",
          causes: [{ reason: "FieldValueForbidden", message: why, field }],
        },
      },
      headers,
    );
  }

  #headersOf({ name }: Resource): Readonly<Record<string, string>> {
    if (name !== "endpoints" || this.version === "1.20") return this.#common();
    const use = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
    return this.#common({ warning: `299 - "${use}"` });
  }

  #common(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    if (this.version === "1.20") return { "cache-control": "no-cache, private", ...more };
    return { "audit-id": "00000000-0000-4000-8000-000000000000", "cache-control": "no-cache, private", ...more };
  }

  #versionObject(): object {
    const [major, minor] = this.version.split(".");
    return { major, minor, gitVersion: `v${this.version}.2`, platform: "linux/amd64" };
  }
}

/** As messages call a resource: with its group, if it has one. */
function forbidden({ name, group }: Resource): string {
  return group === "" ? name : `${name}.${group}`;
}

function accepts({ headers: { accept } }: KubernetesRequest): boolean {
  const text = Array.isArray(accept) ? accept.join() : ((accept as string | undefined) ?? "");
  return text === "" || /application\/(json|\*)|\*\/\*/.test(text);
}
