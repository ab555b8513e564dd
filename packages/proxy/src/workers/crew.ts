import { isDeepStrictEqual } from "node:util";
import type { Plan } from "@namerkit/config";
import { Backoff, type Closable, type LogLevels, NamerError, type RequestObserver } from "@namerkit/core";
import type { ServingAt } from "../assembly.js";
import { tellObservers } from "../http/finished.js";
import type { Edition } from "../reload/edition.js";
import type { Front, FrontEnv, Prepared } from "../reload/front.js";
import type { RouterGeneration } from "../reload/generation.js";
import { PortFailure } from "../reload/ports.js";
import { mergeClients } from "./clients.js";
import { decodeFinished } from "./finished-news.js";
import { GaugeSums } from "./gauge-sums.js";
import { endedEarly, Member, type WorkerProcess } from "./member.js";
import { anyPortKey, type FromWorker, type PreparedJson, type Setup } from "./messages.js";
import { MetricsFollower } from "./metrics-follower.js";
import { workersPage } from "./workers-page.js";

/** A worker says something every second. Looks, not time, are counted: a primary that was suspended has heard nobody either. */
const lookMs = 1_000;
const silentLooks = 10;
/** A process on a busy machine takes its time to start. */
const startingLooks = 60;
/** Workers whose requests have been cut may still say their last, and some of their clients read theirs. */
const lastWordsMs = 3_000;
/** For who asks what clients there are. */
const clientsMs = 1_000;

export interface CrewOptions {
  /** How many workers. */
  readonly count: number;
  /** Starts the process of a worker. `slot`: its place, from 1 on. */
  spawn(slot: number): WorkerProcess;
  /** What the workers' `planOf` makes the same plan of. JSON. */
  describe(plan: Plan): unknown;
}

interface Current {
  readonly setup: Setup;
  readonly graceMs: number;
  /** Of its servers on port 0. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Workers that serve what the primary has prepared. Who ends is replaced. */
export class Crew implements Front {
  readonly lastWordsMs = lastWordsMs;
  readonly pages = [workersPage(() => this.#members.values())];
  readonly #options: CrewOptions;
  readonly #env: FrontEnv;
  readonly #levels: LogLevels;
  readonly #members = new Map<number, Member>();
  readonly #backoffs = new Map<number, Backoff>();
  /** Also those that are retiring, while a worker has requests of them. */
  readonly #generations = new Map<number, RouterGeneration>();
  readonly #leaving = new Map<number, () => void>();
  readonly #sums = new GaugeSums();
  readonly #timers = new Set<Closable>();
  readonly #watch: Closable;
  readonly #crashed;
  readonly #hung;
  readonly #gauge: Closable;
  #current: Current | undefined;
  #serving: readonly ServingAt[] = [];
  /** Where servers on port 0 listen. The system would give them others, once nobody has these any more. */
  #pinned: Readonly<Record<string, number>> | undefined;
  #ending = false;

  constructor(options: CrewOptions, levels: LogLevels, env: FrontEnv) {
    this.#options = options;
    this.#levels = levels;
    this.#env = env;
    const metrics = env.metrics.scope("workers");
    this.#crashed = metrics.counter("crashed");
    this.#hung = metrics.counter("hung");
    this.#gauge = metrics.gauge("serving", () => this.#inService.length);
    this.#watch = levels.watch(() => {
      for (const member of this.#members.values()) this.#tellLevels(member);
    });
  }

  get serving(): readonly ServingAt[] {
    return this.#serving;
  }

  get accepting(): boolean {
    return this.#inService.length > 0;
  }

  async prepare(edition: Pick<Edition, "routers" | "plan">): Promise<Prepared> {
    const setup = this.#setupOf(edition);
    this.#checkAnyPorts(setup);
    for (const generation of edition.routers) this.#generations.set(generation.number, generation);
    const first = this.#current === undefined;
    const members = first ? this.#start() : this.#inService;
    const answers = await Promise.all(members.map(async (member) => ({ member, answer: await member.prepare(setup) })));
    const ready: { readonly member: Member; readonly turn: number; readonly serving: readonly ServingAt[] }[] = [];
    const problems: unknown[] = [];
    for (const { member, answer } of answers) {
      if (answer === undefined) {
        // One that crashes now is replaced as always; at the start that would hide what is wrong.
        if (first) problems.push(endedEarly(member.slot, await member.ended));
      } else if ("problem" in answer.prepared) problems.push(failureOf(answer.prepared.problem));
      if (answer !== undefined && "serving" in answer.prepared) {
        ready.push({ member, turn: answer.turn, serving: answer.prepared.serving });
      }
    }
    const discard = () => {
      for (const { member, turn } of ready) member.discard(turn);
      for (const { number } of edition.routers) if (!this.#wanted(number)) this.#generations.delete(number);
    };
    if (problems.length > 0) {
      discard();
      throw problems[0];
    }
    const commit = (graceMs: number) => {
      const ports = this.#current?.ports ?? portsOf(edition, ready[0]?.serving ?? []);
      const current = {
        setup: this.#pinned === undefined ? setup : { ...setup, pinned: this.#pinned },
        graceMs,
        ports,
      };
      this.#current = current;
      this.#serving = ready[0]?.serving ?? this.#serving;
      for (const { member, turn } of ready) this.#commit(member, turn, current);
      // Those that have come meanwhile serve the edition before.
      for (const member of this.#inService) if (!ready.some((one) => one.member === member)) void this.#bring(member);
      return [];
    };
    return { commit, discard };
  }

  left({ number }: RouterGeneration): Promise<void> {
    return new Promise((resolve) => {
      const left = () => {
        this.#generations.delete(number);
        this.#leaving.delete(number);
        resolve();
      };
      this.#leaving.set(number, left);
      this.#settle(number);
    });
  }

  async clients() {
    return mergeClients(await Promise.all(this.#inService.map((member) => member.clients(clientsMs))));
  }

  async drain(graceMs: number): Promise<void> {
    this.#ending = true;
    const members = [...this.#members.values()];
    for (const member of members) member.send({ say: "drain", graceMs });
    await Promise.all(members.map(({ ended }) => ended));
  }

  close(): void {
    this.#ending = true;
    this.#watch.close();
    this.#gauge.close();
    for (const timer of this.#timers) timer.close();
    this.#timers.clear();
    for (const member of this.#members.values()) member.process.kill();
  }

  get #inService(): readonly Member[] {
    return [...this.#members.values()].filter(({ serving }) => serving);
  }

  #start(): readonly Member[] {
    // From now on, as one that hangs before it serves would be waited for, for ever.
    this.#look();
    return Array.from({ length: this.#options.count }, (_, i) => this.#spawn(i + 1));
  }

  #spawn(slot: number): Member {
    const { clock, log, scopes } = this.#env;
    const follower = new MetricsFollower(scopes.tenancy(), this.#sums);
    const member = new Member(this.#options.spawn(slot), {
      slot,
      clock,
      log,
      routers: (number) => this.#boundBy(number),
      onNews: (news) => this.#heard(news, follower),
      onLeft: (number) => this.#settle(number),
    });
    this.#members.set(slot, member);
    this.#tellLevels(member);
    void member.ended.then((how) => {
      follower.close();
      if (this.#members.get(slot) === member) this.#members.delete(slot);
      for (const number of [...member.generations]) {
        member.generations.delete(number);
        this.#settle(number);
      }
      if (this.#ending || this.#current === undefined) return;
      if (![...this.#members.values()].some(({ listens }) => listens)) this.#pin(this.#current);
      this.#replace(member, how);
    });
    return member;
  }

  /** Nobody listens any more: who comes now takes the very ports that were there. */
  #pin({ setup, graceMs, ports }: Current): void {
    if (setup.anyPorts.length === 0) return;
    this.#pinned = ports;
    this.#current = { setup: { ...setup, pinned: ports }, graceMs, ports };
  }

  #replace({ slot, process: { pid } }: Member, how: string): void {
    const { clock, random, log } = this.#env;
    this.#crashed.add();
    let backoff = this.#backoffs.get(slot);
    if (backoff === undefined) {
      backoff = new Backoff(clock, random);
      this.#backoffs.set(slot, backoff);
    }
    const delayMs = Math.round(backoff.failed());
    log.error({ worker: slot, pid, delayMs }, `worker ${slot} ${how}; another takes its place in ${delayMs} ms`);
    this.#after(delayMs, () => void this.#bring(this.#spawn(slot)));
  }

  /** Has a worker serve what the others serve. */
  async #bring(member: Member): Promise<void> {
    const { log } = this.#env;
    const { slot } = member;
    for (let at = this.#current; at !== undefined; at = this.#current) {
      const answer = await member.prepare(at.setup);
      if (answer === undefined || this.#ending) return;
      if ("problem" in answer.prepared) {
        const { code, message } = answer.prepared.problem;
        log.error({ worker: slot, code }, `worker ${slot} cannot serve: ${message}`);
        member.process.kill();
        return;
      }
      if (at !== this.#current) {
        member.discard(answer.turn);
        continue;
      }
      if (this.#strays(answer.prepared.serving, at)) {
        // It was to share ports with one that has ended meanwhile.
        member.process.kill();
        return;
      }
      this.#commit(member, answer.turn, at);
      this.#backoffs.get(slot)?.succeeded();
      log.info({ worker: slot, pid: member.process.pid }, `worker ${slot} serves`);
      return;
    }
  }

  #commit(member: Member, turn: number, { setup, graceMs }: Current): void {
    member.commit(turn, graceMs, numbersOf(setup));
    // Loggers that have only now been made have levels, too.
    this.#tellLevels(member);
  }

  /**
   * A worker that comes later finds such a port by counting how many it has opened before. So all of them must always have opened the
   * same ones.
   */
  #checkAnyPorts({ anyPorts }: Setup): void {
    if (this.#current === undefined || isDeepStrictEqual(anyPorts, this.#current.setup.anyPorts)) return;
    const what = "with workers, servers on port 0 come and go only with a restart; give them a port";
    throw new NamerError("PROXY_LISTEN", what);
  }

  #strays(serving: readonly ServingAt[], at: Current): boolean {
    return at.setup.anyPorts.length > 0 && serving.some(({ port }, i) => port !== this.#serving[i]?.port);
  }

  #look(): void {
    for (const member of this.#members.values()) {
      const looks = member.up ? silentLooks : startingLooks;
      if (++member.silent < looks) continue;
      this.#hung.add();
      this.#env.log.error({ worker: member.slot }, `worker ${member.slot} has said nothing for ${looks} s`);
      member.silent = 0;
      member.process.kill();
    }
    if (!this.#ending) this.#after(lookMs, () => this.#look());
  }

  #heard({ metrics, finished }: Extract<FromWorker, { say: "news" }>, follower: MetricsFollower): void {
    if (metrics !== undefined) follower.apply(metrics);
    for (const json of finished ?? []) {
      const observers: readonly RequestObserver[] = this.#generations.get(json.generation)?.router.observers ?? [];
      tellObservers(observers, decodeFinished(json), this.#env.log);
    }
  }

  #boundBy(number: number) {
    const generation = this.#generations.get(number);
    if (generation === undefined) return undefined;
    const { plan, interpreter, mounted } = generation;
    return { dtab: plan.dtab, interpreter, mounted };
  }

  #settle(number: number): void {
    for (const { generations } of this.#members.values()) if (generations.has(number)) return;
    this.#leaving.get(number)?.();
  }

  #wanted(number: number): boolean {
    if (this.#leaving.has(number)) return true;
    return this.#current !== undefined && numbersOf(this.#current.setup).includes(number);
  }

  #setupOf({ routers, plan }: Pick<Edition, "routers" | "plan">): Setup {
    if (plan === undefined) throw new NamerError("PROXY_WORKER", "workers need a proxy that is made of a plan");
    return {
      plan: this.#options.describe(plan),
      anyPorts: plan.routers.flatMap(({ label, servers }) =>
        servers.flatMap(({ ip, port }, i) => (port === 0 ? [anyPortKey(label, i, ip)] : [])),
      ),
      ...(this.#pinned === undefined ? {} : { pinned: this.#pinned }),
      routers: routers.map(({ number, router }) => {
        return { number, observed: router.observers.length > 0, sampleRate: router.sampleRate };
      }),
    };
  }

  #tellLevels(member: Member): void {
    const levels = this.#levels
      .list()
      .map(({ logger, level, inherited }) => (inherited ? { logger } : { logger, level }));
    member.send({ say: "levels", levels });
  }

  #after(ms: number, then: () => void): void {
    if (this.#ending) return;
    const timer = this.#env.clock.after(ms, () => {
      this.#timers.delete(timer);
      if (!this.#ending) then();
    });
    this.#timers.add(timer);
  }
}

function numbersOf({ routers }: Setup): readonly number[] {
  return routers.map(({ number }) => number);
}

function portsOf({ plan }: Pick<Edition, "plan">, serving: readonly ServingAt[]): Readonly<Record<string, number>> {
  const all =
    plan?.routers.flatMap(({ label, servers }) => servers.map((server, i) => ({ label, i, ...server }))) ?? [];
  const any = all.map(({ label, i, ip, port }, at) => ({
    key: anyPortKey(label, i, ip),
    port,
    came: serving[at]?.port,
  }));
  return Object.fromEntries(
    any.flatMap(({ key, port, came }) => (port === 0 && came !== undefined ? [[key, came]] : [])),
  );
}

function failureOf({ at, code, message }: Extract<PreparedJson, { problem: unknown }>["problem"]): unknown {
  const error = new NamerError(code, message);
  return at === undefined ? error : new PortFailure(at, error);
}
