import type { Clock } from "@namerkit/core";
import { type MutableVar, Var } from "@namerkit/core";
import { type ApiVersion, answersOf, apiVersions, selfOf } from "./answers.js";
import { type Description, parseDescription } from "./description.js";
import type { Json, JsonObject } from "./json.js";
import { type Format, formatFor, render } from "./render.js";
import { uuid } from "./uuid.js";
import { Waiters } from "./waiters.js";
import { segmentsOf, walk } from "./walk.js";
import { World } from "./world.js";

export interface MetadataOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1), like Math.random. Decides versions, identifiers and the order of lists. */
  readonly random: () => number;
  /** Believe X-Forwarded-For about who asks, as with --xff. Default false. */
  readonly xff?: boolean | undefined;
  /** Begin without data, as the real server does until its first load. Default false. */
  readonly unloaded?: boolean | undefined;
}

/** What has been asked, for whoever counts. */
export interface AskedCounts {
  /** All requests. */
  readonly requests: number;
  /** Of these, long polls. */
  readonly polls: number;
}

/**
 * A Rancher metadata server: what runs (`world`), what is told of it, and how. It answers Requests and knows nothing of sockets;
 * `listen` and `metadataHandlers` are the two ways to reach it. A change is told at the next `reload`, which every control method does.
 */
export class Metadata {
  readonly world: World;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #xff: boolean;
  readonly #waiters: Waiters;
  /** False: nothing listens. Adapters follow it. */
  readonly online: MutableVar<boolean> = Var.mutable(true);
  #loaded: Map<string, JsonObject> | undefined;
  #version = "0";
  #requests = 0;
  #polls = 0;

  constructor(description: Description | string, options: MetadataOptions) {
    const { clock, random, xff = false, unloaded = false } = options;
    this.#clock = clock;
    this.#random = random;
    this.#xff = xff;
    this.#waiters = new Waiters(clock);
    this.world = new World(typeof description === "string" ? parseDescription(description) : description, random);
    if (!unloaded) this.reload();
  }

  /** The version that is told now. */
  get version(): string {
    return this.#version;
  }

  get asked(): AskedCounts {
    return { requests: this.#requests, polls: this.#polls };
  }

  /** Requests held by a long poll now. */
  get waiting(): number {
    return this.#waiters.count;
  }

  /** Tells the world as it is, under a new version, even if nothing has changed. */
  reload(): void {
    this.#version = uuid(this.#random);
    this.#loaded = new Map(apiVersions.map((api) => [api, answersOf(this.world, api, this.#version, this.#random)]));
    this.#loaded.set("latest", this.#loaded.get("2016-07-29") as JsonObject);
    this.#waiters.wakeAll();
  }

  /** Forgets all data: everything is 404 until the next reload. */
  unload(): void {
    this.#loaded = undefined;
    this.#waiters.wakeAll();
  }

  scale(service: string, scale: number): void {
    this.world.scale(service, scale);
    this.reload();
  }

  stop(service: string): void {
    this.world.stop(service);
    this.reload();
  }

  start(service: string): void {
    this.world.start(service);
    this.reload();
  }

  health(service: string, health: string | null, index?: number): void {
    this.world.health(service, health, index);
    this.reload();
  }

  /** The server goes away: connections are reset, new ones refused. */
  takeDown(): void {
    this.unload();
    this.online.update(false);
  }

  /** The server is back, and has loaded; its version is a new one, as after every start. */
  bringBack(): void {
    this.reload();
    this.online.update(true);
  }

  /** Goes away for `downMs`, comes back without data, and has loaded `loadMs` later. */
  async restart(
    options: { readonly downMs?: number; readonly loadMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { downMs = 1_000, loadMs = 200, signal } = options;
    this.takeDown();
    await this.#clock.sleep(downMs, signal);
    this.online.update(true);
    await this.#clock.sleep(loadMs, signal);
    this.reload();
  }

  /** Answers one request from `clientIp`. A network error (`Response.error()`) stands for a server that is not there. */
  async handle(request: Request, clientIp: string): Promise<Response> {
    if (!this.online.sample()) return Response.error();
    this.#requests++;
    const url = new URL(request.url);
    const format = formatFor(request.headers.get("accept"));
    if (request.method !== "GET" && request.method !== "HEAD") return plain("404 page not found\n", 404);
    if (url.pathname.includes("//")) return moved(`${url.pathname.replace(/\/{2,}/g, "/")}${url.search}`);
    const segments = segmentsOf(url.pathname);
    if (segments === undefined) return failure(400, "invalid URL escape", format);
    const [api, ...path] = segments;
    if (api === undefined) return success(this.#versions(), format);
    if (api === "favicon.ico") return failure(404, "Not found", format);
    const ip = this.#clientOf(request, clientIp);
    const old = path.length > 0 ? oldValue(url.searchParams) : undefined;
    if (old === undefined) return this.#answer(api, path, ip, format);
    return this.#wait(api, path, ip, format, { old, maxWaitMs: maxWaitMs(url.searchParams), signal: request.signal });
  }

  #answer(api: string, path: readonly string[], ip: string, format: Format): Response {
    const found = this.#find(api, path, ip);
    return typeof found === "string" ? failure(404, found, format) : success(found.value, format);
  }

  async #wait(api: string, path: readonly string[], ip: string, format: Format, poll: Poll): Promise<Response> {
    this.#polls++;
    const start = this.#clock.now();
    for (;;) {
      if (poll.signal.aborted) return new Response(null, { status: 499 });
      const found = this.#find(api, path, ip);
      const isNew = typeof found === "object" && goText(found.value) !== poll.old;
      // The time is looked at only now and then, which is why answers come up to one tick late.
      if (isNew || this.#clock.now() - start > poll.maxWaitMs) return this.#answer(api, path, ip, format);
      await this.#waiters.next(poll.signal);
      if (!this.online.sample()) return Response.error();
    }
  }

  /** The value at a path, or why there is none. */
  #find(api: string, path: readonly string[], ip: string): { readonly value: Json } | string {
    const known = api === "latest" || apiVersions.some((one) => one === api);
    if (!known) return "Invalid version";
    const answers = this.#loaded?.get(api);
    if (answers === undefined) return api === "latest" ? "Not found" : "Invalid version";
    const dated = (api === "latest" ? "2016-07-29" : api) as ApiVersion;
    const root: JsonObject = { ...answers, self: selfOf(this.world, dated, ip, this.#random) ?? {} };
    const value = walk(root, path);
    return value === undefined ? "Not found" : { value };
  }

  #versions(): JsonObject {
    const names = this.#loaded === undefined ? ["latest"] : [...apiVersions, "latest"];
    return Object.fromEntries(names.map((name) => [name, `/${name}`]));
  }

  #clientOf(request: Request, clientIp: string): string {
    return (this.#xff ? request.headers.get("x-forwarded-for") : null) ?? clientIp;
  }
}

interface Poll {
  readonly old: string;
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
}

/** The value that a long poll waits to change; undefined for a plain request. A `?` or `&` in it makes it one, as in the real server. */
function oldValue(query: URLSearchParams): string | undefined {
  if (query.get("wait") !== "true") return undefined;
  const old = query.get("value") ?? "";
  return /[?&]/.test(old) ? undefined : old;
}

/** Seconds: 60 where missing, zero or not a number; 120 at most. */
function maxWaitMs(query: URLSearchParams): number {
  const text = query.get("maxWait") ?? "";
  const seconds = /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  return Math.min(seconds === 0 ? 60 : seconds, 120) * 1000;
}

/** As Go prints a value when it compares. Only scalars are of any use there; nothing sent equals the rest. */
function goText(value: Json): string {
  if (value === null) return "<nil>";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const TEXT = "text/plain; charset=utf-8";

/** Whatever the format, the type is text/plain: the real server lets Go guess it from the body. An empty body has none. */
function success(value: Json, format: Format): Response {
  const body = render(value, format);
  const headers: Record<string, string> = { "access-control-allow-origin": "*" };
  if (body !== "") headers["content-type"] = TEXT;
  return new Response(body === "" ? null : new TextEncoder().encode(body), { headers });
}

function failure(status: number, message: string, format: Format): Response {
  const body = format === "text" ? message : render({ code: status, message, type: "error" }, format).trimEnd();
  return plain(`${body}\n`, status);
}

function plain(body: string, status: number): Response {
  const headers = { "access-control-allow-origin": "*", "content-type": TEXT, "x-content-type-options": "nosniff" };
  return new Response(body, { status, headers });
}

function moved(location: string): Response {
  return new Response(null, { status: 301, headers: { location } });
}
