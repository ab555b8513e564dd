import { buildIdentifiers, type Plan } from "@namerkit/config";
import {
  type Clock,
  type MemoryMetrics,
  memoryMetrics,
  messageOf,
  systemClock,
  toNamerError,
  Var,
} from "@namerkit/core";
import { RouterGeneration } from "../reload/generation.js";
import type { Mount } from "../reload/mount.js";
import { type PluginWorld, pluginEnvFor } from "../reload/plugin-env.js";
import { PortFailure, Ports, type PreparedPorts } from "../reload/ports.js";
import { Shared } from "../reload/shared.js";
import { SharedScopes } from "../reload/shared-scopes.js";
import { withinGrace } from "../reload/within-grace.js";
import type { ProxyOptions } from "../start.js";
import { processMetrics } from "../telemetry/process-metrics.js";
import { FinishedNews } from "./finished-news.js";
import {
  anyPortKey,
  type FromWorker,
  namesOf,
  type PreparedJson,
  type RouterSetup,
  type Setup,
  type ToWorker,
  type WorkerWire,
} from "./messages.js";
import { RemoteInterpreter } from "./remote-interpreter.js";
import { VarLink } from "./var-link.js";

/** How often figures are told. */
const newsMs = 1_000;
/** How often finished requests are told, where anybody wants to know of them. */
const finishedMs = 100;

export interface WorkerOptions extends Pick<PluginWorld, "logLevels" | "inet" | "files" | "dispatcher"> {
  /** Its place among the workers, from 1 on. */
  readonly slot: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly connector?: ProxyOptions["connector"];
  readonly limits?: ProxyOptions["limits"];
  /** Makes of what the primary's `describe` said the plan that it was said of. */
  planOf(description: unknown): Promise<Plan>;
}

/**
 * Serves requests by what the primary says at the other end of the wire: names are bound there, and whatever tells of requests is
 * there. Resolves when the primary has asked it to end and the last request is over, or cut. Never rejects.
 */
export function runWorker(wire: WorkerWire, options: WorkerOptions): Promise<void> {
  return new Worker(wire, options).ended;
}

class Worker {
  readonly ended: Promise<void>;
  readonly #wire: WorkerWire;
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #metrics: MemoryMetrics;
  readonly #scopes: SharedScopes;
  readonly #ports: Ports;
  readonly #names: VarLink;
  readonly #finished: FinishedNews;
  readonly #figures;
  readonly #cut;
  readonly #noNamers = new Shared<Mount>({ mounted: [], namers: [] }, () => {});
  #generations: readonly RouterGeneration[] = [];
  readonly #retiring = new Set<RouterGeneration>();
  /** By its turn. */
  #prepared: { readonly turn: number; readonly edition: Ready } | undefined;
  #observed = false;
  #ending = false;
  #end: () => void = () => {};

  constructor(wire: WorkerWire, options: WorkerOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#metrics = memoryMetrics({ clock: this.#clock });
    this.#figures = this.#metrics.feed();
    this.#scopes = new SharedScopes(this.#metrics, this.#clock);
    this.#ports = new Ports(this.#clock);
    const own = this.#metrics.scope("workers", String(options.slot));
    processMetrics(own);
    this.#finished = new FinishedNews(own.counter("untold_requests"));
    this.#cut = this.#metrics.scope("config", "reload").counter("cut");
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const names = namesOf(wire, (messages): FromWorker => ({ say: "names", messages }));
    this.#names = new VarLink(names.wire, () => Var.value(() => undefined));
    wire.onMessage((message) => {
      if (message.say === "names") names.hear(message.messages);
      else this.#hear(message);
    });
    this.#tellFigures();
    this.#tellFinished();
  }

  #hear(message: Exclude<ToWorker, { say: "names" }>): void {
    switch (message.say) {
      case "prepare":
        void this.#prepare(message.turn, message.setup);
        break;
      case "commit":
        if (this.#prepared?.turn === message.turn) this.#commit(this.#prepared.edition, message.graceMs);
        break;
      case "discard":
        if (this.#prepared?.turn === message.turn) this.#discard(this.#prepared.edition);
        break;
      case "clients": {
        const clients = this.#generations.map(({ router }) => router.names.state());
        this.#wire.send({ say: "clients", turn: message.turn, clients });
        break;
      }
      case "levels":
        for (const { logger, level } of message.levels) this.#options.logLevels.set(logger, level);
        break;
      case "drain":
        void this.#drain(message.graceMs);
    }
  }

  async #prepare(turn: number, setup: Setup): Promise<void> {
    const answer = (prepared: PreparedJson) => this.#wire.send({ say: "prepared", turn, ...prepared });
    const made: RouterGeneration[] = [];
    try {
      const plan = pinned(await this.#options.planOf(setup.plan), setup);
      const generations = plan.routers.map((_, i) => {
        const known = this.#generations.find(({ number }) => number === setup.routers[i]?.number);
        if (known !== undefined) return known;
        const generation = this.#generation(plan, i, setup.routers[i] as RouterSetup);
        made.push(generation);
        return generation;
      });
      const ports = await this.#ports.prepare({ routers: generations });
      // Of two that the primary has asked for, the one that was asked last counts.
      if (this.#prepared !== undefined) this.#discard(this.#prepared.edition);
      this.#prepared = { turn, edition: { generations, made, ports, setup } };
      answer({ serving: ports.serving });
    } catch (thrown) {
      for (const generation of made) generation.close();
      const [at, cause] = thrown instanceof PortFailure ? [thrown.at, thrown.cause] : [undefined, thrown];
      const { code } = toNamerError(cause, "PROXY_WORKER");
      answer({ problem: { at, code, message: messageOf(cause) } });
    }
  }

  #commit({ generations, ports, setup }: Ready, graceMs: number): void {
    this.#prepared = undefined;
    ports.commit(graceMs);
    const before = this.#generations;
    this.#generations = generations;
    this.#observed = setup.routers.some(({ observed }) => observed);
    for (const generation of before) {
      if (generations.includes(generation)) continue;
      this.#retiring.add(generation);
      generation.retire(
        graceMs,
        this.#ports.left(generation),
        (requests) => this.#cut.add(requests),
        () => {
          this.#retiring.delete(generation);
          this.#wire.send({ say: "left", generation: generation.number });
        },
      );
    }
  }

  #discard({ made, ports }: Ready): void {
    this.#prepared = undefined;
    ports.discard();
    for (const generation of made) generation.close();
  }

  #generation(plan: Plan, at: number, { number, observed, sampleRate }: RouterSetup): RouterGeneration {
    const router = plan.routers[at];
    if (router === undefined) throw new TypeError(`the plan has no router ${at}`);
    const { connector, limits, logLevels } = this.#options;
    const clock = this.#clock;
    const random = this.#options.random ?? Math.random;
    const tenancy = this.#scopes.tenancy();
    const closing = new AbortController();
    const { metrics } = tenancy;
    const envFor = pluginEnvFor(plan, { ...this.#options, clock, random, metrics, shutdown: closing.signal });
    const interpreter = new RemoteInterpreter(this.#names, number, router.dtab);
    const observers = observed ? [this.#finished.observer(number)] : [];
    const reporting = new Shared({ pages: [], sampleRate, observers: () => observers }, () => {});
    const env = {
      clock,
      random,
      log: logLevels.logger("root"),
      limits,
      connector,
      tenancy,
      mount: this.#noNamers,
      reporting,
      end: () => {
        closing.abort();
        tenancy.leave();
      },
    };
    const identifiers = buildIdentifiers(router, envFor);
    const statusOf = interpreter.statusOf.bind(interpreter);
    return new RouterGeneration({ plan: router, interpreter, identifiers, statusOf }, env, number);
  }

  #tellFigures(): void {
    this.#wire.send({ say: "news", metrics: this.#figures.next() });
    if (!this.#ending) this.#clock.after(newsMs, () => this.#tellFigures());
  }

  #tellFinished(): void {
    const again = () => {
      if (!this.#ending) this.#clock.after(finishedMs, () => this.#tellFinished());
    };
    const finished = this.#observed ? this.#finished.take() : [];
    // Not before the last ones have left: then they wait, and beyond a limit they are counted only.
    if (finished.length > 0) this.#wire.send({ say: "news", finished }, again);
    else again();
  }

  async #drain(graceMs: number): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await withinGrace(
      this.#ports.drain(),
      (expired) => this.#clock.after(graceMs, expired),
      () => {},
    );
    this.#ports.close();
    if (this.#prepared !== undefined) this.#discard(this.#prepared.edition);
    for (const generation of [...this.#generations, ...this.#retiring]) generation.close();
    this.#names.close();
    this.#scopes.close();
    this.#wire.send({ say: "news", finished: this.#finished.take(), metrics: this.#figures.next() }, this.#end);
  }
}

/** With the ports that its servers on port 0 had before. */
function pinned(plan: Plan, { pinned: ports }: Setup): Plan {
  if (ports === undefined) return plan;
  const routers = plan.routers.map((router) => ({
    ...router,
    servers: router.servers.map((server, i) => {
      const port = server.port === 0 ? ports[anyPortKey(router.label, i, server.ip)] : undefined;
      return port === undefined ? server : { ...server, port };
    }),
  }));
  return { ...plan, routers };
}

/** An edition whose ports are open. */
interface Ready {
  readonly generations: readonly RouterGeneration[];
  /** Those of them that are new. */
  readonly made: readonly RouterGeneration[];
  readonly ports: PreparedPorts;
  readonly setup: Setup;
}
