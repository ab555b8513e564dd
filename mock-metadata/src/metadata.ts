import type { Clock } from "@namerkit/core";
import { type MutableVar, Var } from "@namerkit/core";
import { Answers } from "./answers.js";
import { type ApiVersion, apiVersionOf, apiVersions } from "./api-version.js";
import { parseDescription } from "./description/parse.js";
import type { Description } from "./description/types.js";
import { cleanPath, escapeProblem, pathEscape, pathUnescape, queryUnescape } from "./escape.js";
import type { Json, JsonObject } from "./json.js";
import { type Format, formatFor } from "./negotiate.js";
import { type Poll, pollOf } from "./poll.js";
import { goSprint } from "./render.js";
import { failure, movedTo, noRoute, success, unread } from "./responses.js";
import { Snapshot } from "./snapshot.js";
import { uuid } from "./uuid.js";
import { Waiters } from "./waiters.js";
import { walk } from "./walk.js";
import type { LinkTarget } from "./world/changes.js";
import { World } from "./world/world.js";

export interface MetadataOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1), like Math.random. Decides versions, identifiers and the order of lists. */
  readonly random: () => number;
  /** Believe X-Forwarded-For about who asks, as with --xff. Default false. */
  readonly xff?: boolean | undefined;
  /** Begin without data, as the real server does until its first load. Default false. */
  readonly unloaded?: boolean | undefined;
}

export interface RestartOptions {
  /** Default 1,000. */
  readonly downMs?: number | undefined;
  /** Default 200. */
  readonly loadMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
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
  #loaded: ReadonlyMap<ApiVersion, Answers> | undefined;
  #version = "0";
  #requests = 0;
  #polls = 0;
  /** Grows each time that somebody decides whether the server is there. */
  #turn = 0;

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
    const snapshot = new Snapshot(this.world);
    this.#loaded = new Map(
      apiVersions.map((api) => [api, new Answers(snapshot, api, this.#version, this.#random)] as const),
    );
    this.#waiters.wakeAll();
  }

  /** Forgets all data: everything is 404 until the next reload. */
  unload(): void {
    this.#loaded = undefined;
    this.#waiters.wakeAll();
  }

  scale(service: string, scale: number): void {
    this.#change(() => this.world.scale(service, scale));
  }

  /** Here and below, `name` is that of a service, or of a container that belongs to none; `index` chooses one container of a service. */
  stop(name: string, index?: number): void {
    this.#change(() => this.world.stop(name, index));
  }

  start(name: string, index?: number): void {
    this.#change(() => this.world.start(name, index));
  }

  /** Null: there is none. */
  health(name: string, health: string | null, index?: number): void {
    this.#change(() => this.world.health(name, health, index));
  }

  /** Of the service itself, unless `index` is given. */
  state(name: string, state: string, index?: number): void {
    this.#change(() => this.world.state(name, state, index));
  }

  /** Null: it has none yet. */
  ip(name: string, ip: string | null, index?: number): void {
    this.#change(() => this.world.ip(name, ip, index));
  }

  /** Null: without that label. */
  label(name: string, label: string, value: string | null, index?: number): void {
    this.#change(() => this.world.label(name, label, value, index));
  }

  link(service: string, as: string, to: LinkTarget): void {
    this.#change(() => this.world.link(service, as, to));
  }

  unlink(service: string, as: string): void {
    this.#change(() => this.world.unlink(service, as));
  }

  /** The server goes away: connections are reset, new ones refused. */
  takeDown(): void {
    this.#turn++;
    this.unload();
    this.online.update(false);
  }

  /** The server is back, and has loaded; its version is a new one, as after every start. */
  bringBack(): void {
    this.#turn++;
    this.reload();
    this.online.update(true);
  }

  /**
   * Goes away for `downMs`, comes back without data, and has loaded `loadMs` later. Whoever takes the server down or brings it back
   * meanwhile has the last word. Aborted, it rejects and leaves the server as it is then.
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    const { downMs = 1_000, loadMs = 200, signal } = options;
    this.takeDown();
    const turn = this.#turn;
    await this.#clock.sleep(downMs, signal);
    if (this.#turn !== turn) return;
    this.online.update(true);
    await this.#clock.sleep(loadMs, signal);
    if (this.#turn === turn) this.reload();
  }

  /** Answers one request from `clientIp`. A network error (`Response.error()`) stands for a server that is not there. */
  async handle(request: Request, clientIp: string): Promise<Response> {
    if (!this.online.sample()) return Response.error();
    this.#requests++;
    const url = new URL(request.url);
    const format = formatFor(request.headers.get("accept"));
    const path = pathUnescape(url.pathname);
    if (path === undefined) return failure(400, escapeProblem(url.pathname), format);
    const clean = cleanPath(path);
    if (clean !== path) return movedTo(`${pathEscape(clean)}${url.search}`);
    if ((request.method !== "GET" && request.method !== "HEAD") || path === "/favicon.ico") return noRoute();
    if (path === "/") return success(this.#versions(), format);
    const [, api = "", ...below] = path.split("/");
    const dated = apiVersionOf(api);
    if (dated === undefined || (this.#loaded === undefined && api !== "latest")) {
      return failure(404, "Invalid version", format);
    }
    const asked: Asked = {
      // Without data there is no latest version either, and a poll of it does not notice when there is one.
      api: this.#loaded === undefined ? undefined : dated,
      path: segmentsOf(url.pathname),
      ip: this.#clientOf(request, clientIp),
      format,
    };
    const poll = below.length === 0 ? undefined : pollOf(url.searchParams);
    return poll === undefined ? told(this.#find(asked), format) : this.#wait(asked, poll, request.signal);
  }

  #change(change: () => void): void {
    change();
    this.reload();
  }

  async #wait(asked: Asked, poll: Poll, signal: AbortSignal): Promise<Response> {
    this.#polls++;
    const start = this.#clock.now();
    for (;;) {
      if (signal.aborted) return unread();
      const found = this.#find(asked);
      const isNew = found !== undefined && goSprint(found) !== poll.old;
      // The time is looked at only now and then, which is why answers come up to one tick late.
      if (isNew || this.#clock.now() - start > poll.maxWaitMs) return told(found, asked.format);
      await this.#waiters.next(signal);
      if (!this.online.sample()) return Response.error();
    }
  }

  #find({ api, path, ip }: Asked): Json | undefined {
    const answers = api === undefined ? undefined : this.#loaded?.get(api);
    return answers === undefined ? undefined : walk(answers.tell(ip), path);
  }

  #versions(): JsonObject {
    const names = this.#loaded === undefined ? ["latest"] : [...apiVersions, "latest"];
    return Object.fromEntries(names.map((name) => [name, `/${name}`]));
  }

  #clientOf(request: Request, clientIp: string): string {
    const forwardedFor = this.#xff ? request.headers.get("x-forwarded-for") : null;
    return forwardedFor === null || forwardedFor === "" ? clientIp : forwardedFor;
  }
}

/** What a request is about. */
interface Asked {
  readonly api: ApiVersion | undefined;
  readonly path: readonly string[];
  readonly ip: string;
  readonly format: Format;
}

function told(value: Json | undefined, format: Format): Response {
  return value === undefined ? failure(404, "Not found", format) : success(value, format);
}

/** Split where the slashes are before unescaping, so that a `%2F` is part of a name. */
function segmentsOf(pathname: string): readonly string[] {
  const [, , ...segments] = pathname.replace(/\/+$/, "").split("/");
  return segments.map((segment) => queryUnescape(segment) ?? segment);
}
