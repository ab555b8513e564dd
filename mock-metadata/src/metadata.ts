import type { Clock } from "@namerkit/core";
import { type MutableVar, Var } from "@namerkit/core";
import { Answers } from "./answers.js";
import { type ApiVersion, apiVersions } from "./api-version.js";
import { askedIn, isForVersion } from "./asked.js";
import { parseDescription } from "./description/parse.js";
import type { Description } from "./description/types.js";
import { Faults } from "./faults/faults.js";
import { insteadOf } from "./faults/instead.js";
import type { Fault, FaultKind, FaultOptions, FaultScope } from "./faults/kinds.js";
import { imitate, type Manner, mannerOf } from "./faults/manner.js";
import type { Json, JsonObject } from "./json.js";
import type { Format } from "./negotiate.js";
import type { Poll } from "./poll.js";
import { goSprint } from "./render.js";
import { failure, success, unread } from "./responses.js";
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
  #world: World;
  readonly clock: Clock;
  readonly faults = new Faults();
  readonly #random: () => number;
  readonly #xff: boolean;
  readonly #waiters: Waiters;
  /** False: nothing listens. Adapters follow it. */
  readonly online: MutableVar<boolean> = Var.mutable(true);
  #loaded: ReadonlyMap<ApiVersion, Answers> | undefined;
  /** What is told while the data is stale. */
  #frozen: ReadonlyMap<ApiVersion, Answers> | undefined;
  #version = "0";
  #requests = 0;
  #polls = 0;
  /** Grows each time that somebody decides whether the server is there. */
  #turn = 0;

  constructor(description: Description | string, options: MetadataOptions) {
    const { clock, random, xff = false, unloaded = false } = options;
    this.clock = clock;
    this.#random = random;
    this.#xff = xff;
    this.#waiters = new Waiters(clock);
    this.#world = this.#worldOf(description);
    if (!unloaded) this.reload();
  }

  /** What runs now. Another one after `load`. */
  get world(): World {
    return this.#world;
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

  /** Another world from now on, as when somebody replaces the file that the real server reads. Throws MOCK_DESCRIPTION. */
  load(description: Description | string): void {
    this.#world = this.#worldOf(description);
    this.reload();
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
    await this.clock.sleep(downMs, signal);
    if (this.#turn !== turn) return;
    this.online.update(true);
    await this.clock.sleep(loadMs, signal);
    if (this.#turn === turn) this.reload();
  }

  /** Switches a fault on, for requests that come from now on. @throws NamerError MOCK_CONTROL */
  fault(kind: FaultKind, options: FaultOptions = {}): void {
    this.faults.set(kind, options);
    if (kind === "stale") this.#frozen = this.#loaded;
  }

  /** Switches off what is on for a scope, or all. Who has been left waiting goes on waiting. */
  clearFaults(on?: FaultScope): void {
    this.faults.clear(on);
    if (!Object.values(this.faults.all).some(({ kind }) => kind === "stale")) this.#frozen = undefined;
  }

  /** Answers one request from `clientIp`. A network error (`Response.error()`) stands for a server that is not there. */
  async handle(request: Request, clientIp: string): Promise<Response> {
    const { response, manner } = await this.tell(request, clientIp);
    return manner === undefined ? response : imitate(response, manner, this.clock, request.signal);
  }

  /** The same for whoever sends it through a socket, and can do so in any manner. */
  async tell(request: Request, clientIp: string): Promise<Told> {
    if (!this.online.sample()) return { response: Response.error() };
    this.#requests++;
    const fault = this.faults.at(isForVersion(request) ? "version" : "data");
    const instead = fault === undefined ? undefined : insteadOf(fault);
    if (fault?.kind === "hang" || fault?.kind === "half-open") await this.#gone(request.signal);
    if (fault?.kind === "slow") await this.clock.sleep(fault.ms ?? 0, request.signal).catch(() => {});
    if (request.signal.aborted) return { response: unread() };
    if (!this.online.sample()) return { response: Response.error() };
    const response = instead ?? (await this.#answer(request, clientIp, fault));
    return { response, manner: mannerOf(fault), gibberish: fault?.kind === "gibberish" };
  }

  async #answer(request: Request, clientIp: string, fault: Fault | undefined): Promise<Response> {
    const asked = askedIn(request);
    if (asked instanceof Response) return asked;
    const { api, dated, format, poll } = asked;
    if (api === "") return success(this.#versions(), format);
    if (dated === undefined || (this.#loaded === undefined && api !== "latest")) {
      return failure(404, "Invalid version", format);
    }
    if (this.#loaded !== undefined && fault?.kind === "flap" && isForVersion(request)) {
      return success(uuid(this.#random), format);
    }
    const search: Search = {
      // Without data there is no latest version either, and a poll of it does not notice when there is one.
      api: this.#loaded === undefined ? undefined : dated,
      path: asked.path,
      ip: this.#clientOf(request, clientIp),
      format,
      stale: fault?.kind === "stale" && !isForVersion(request),
    };
    if (poll !== undefined && fault?.kind !== "instant") return this.#wait(search, poll, request.signal);
    return told(this.#find(search), format);
  }

  #worldOf(description: Description | string): World {
    return new World(typeof description === "string" ? parseDescription(description) : description, this.#random);
  }

  #change(change: () => void): void {
    change();
    this.reload();
  }

  async #wait(search: Search, poll: Poll, signal: AbortSignal): Promise<Response> {
    this.#polls++;
    const start = this.clock.now();
    for (;;) {
      if (signal.aborted) return unread();
      const found = this.#find(search);
      const isNew = found !== undefined && goSprint(found) !== poll.old;
      // The time is looked at only now and then, which is why answers come up to one tick late.
      if (isNew || this.clock.now() - start > poll.maxWaitMs) return told(found, search.format);
      await this.#waiters.next(signal);
      if (!this.online.sample()) return Response.error();
    }
  }

  /** Resolves when the client has gone, or the server. */
  #gone(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        follow.close();
        resolve();
      };
      const follow = this.online.observe((online) => {
        if (!online) queueMicrotask(done);
      });
      if (signal.aborted) done();
      else signal.addEventListener("abort", done, { once: true });
    });
  }

  #find({ api, path, ip, stale }: Search): Json | undefined {
    if (api === undefined || this.#loaded === undefined) return undefined;
    const answers = ((stale ? this.#frozen : undefined) ?? this.#loaded).get(api);
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

/** What is looked for, again and again while a poll waits. */
interface Search {
  readonly api: ApiVersion | undefined;
  readonly path: readonly string[];
  readonly ip: string;
  readonly format: Format;
  readonly stale: boolean;
}

/** An answer, and how it is to be sent. */
export interface Told {
  readonly response: Response;
  readonly manner?: Manner | undefined;
  /** It is to be no HTTP at all. */
  readonly gibberish?: boolean | undefined;
}

function told(value: Json | undefined, format: Format): Response {
  return value === undefined ? failure(404, "Not found", format) : success(value, format);
}
