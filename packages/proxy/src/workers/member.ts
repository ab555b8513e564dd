import { type Clock, type Closable, type Logger, messageOf, NamerError } from "@namerkit/core";
import { BindingHost, type BoundBy } from "./binding-host.js";
import type { ClientsJson, FromWorker, PreparedJson, PrimaryWire, Setup, ToWorker } from "./messages.js";
import { namesOf } from "./messages.js";
import { VarLink } from "./var-link.js";

/** The process of a worker, as the primary holds it. */
export interface WorkerProcess extends PrimaryWire {
  readonly pid: number | undefined;
  /** Called once, when it has ended and everything it said has been heard. */
  onEnd(listener: (how: string) => void): void;
  /** At once; the listener of `onEnd` is told. */
  kill(): void;
}

export interface MemberEnv {
  readonly slot: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** By the number of a generation. */
  readonly routers: (number: number) => BoundBy | undefined;
  onNews(news: Extract<FromWorker, { say: "news" }>): void;
  onLeft(generation: number): void;
}

/** One worker, from its start to its end. */
export class Member {
  readonly slot: number;
  readonly process: WorkerProcess;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly ended: Promise<string>;
  /** Serves requests. */
  serving = false;
  /** Has its ports open. */
  listens = false;
  /** Numbers of the generations that it may have requests of. */
  readonly generations = new Set<number>();
  /** For how many looks it has not been heard of. */
  silent = 0;
  /** It has begun to speak. */
  up = false;
  gone = false;
  readonly #env: MemberEnv;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  readonly #host: BindingHost;
  readonly #names: VarLink;
  /** What it is to be told as soon as it listens: whoever does not yet would miss it. */
  readonly #early: ToWorker[] = [];
  #turn = 0;

  constructor(process: WorkerProcess, env: MemberEnv) {
    this.slot = env.slot;
    this.process = process;
    this.startedAt = env.clock.wall();
    this.#env = env;
    const names = namesOf(process, (messages): ToWorker => ({ say: "names", messages }));
    this.#host = new BindingHost(env.routers, env.clock);
    this.#names = new VarLink(names.wire, this.#host.resolve);
    process.onMessage((message) => {
      try {
        this.silent = 0;
        this.#isUp();
        if (message.say === "names") names.hear(message.messages);
        else this.#hear(message);
      } catch (thrown) {
        env.log.error({ err: thrown, worker: env.slot }, `a message of a worker was lost: ${messageOf(thrown)}`);
      }
    });
    this.ended = new Promise((resolve) => {
      process.onEnd((how) => {
        this.gone = true;
        this.serving = false;
        this.listens = false;
        for (const answer of this.#waiting.values()) answer(undefined);
        this.#waiting.clear();
        this.#names.close();
        this.#host.close();
        resolve(how);
      });
    });
  }

  /** Undefined if it ends before it answers. */
  async prepare(setup: Setup): Promise<{ readonly turn: number; readonly prepared: PreparedJson } | undefined> {
    const turn = ++this.#turn;
    const prepared = await this.#ask<PreparedJson>(turn, { say: "prepare", turn, setup });
    if (prepared !== undefined && "serving" in prepared) this.listens = true;
    return prepared && { turn, prepared };
  }

  commit(turn: number, graceMs: number, generations: readonly number[]): void {
    for (const number of generations) this.generations.add(number);
    this.serving = true;
    this.send({ say: "commit", turn, graceMs });
  }

  discard(turn: number): void {
    this.send({ say: "discard", turn });
  }

  async clients(withinMs: number): Promise<ClientsJson> {
    const turn = ++this.#turn;
    let timer: Closable | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.#env.clock.after(withinMs, () => resolve(undefined));
    });
    const told = await Promise.race([this.#ask<{ clients: ClientsJson }>(turn, { say: "clients", turn }), late]);
    timer?.close();
    this.#waiting.delete(turn);
    return told?.clients ?? [];
  }

  send(message: ToWorker): void {
    if (this.gone) return;
    if (this.up) this.process.send(message);
    else this.#early.push(message);
  }

  #isUp(): void {
    this.up = true;
    for (const message of this.#early.splice(0)) this.process.send(message);
  }

  #ask<T>(turn: number, message: ToWorker): Promise<T | undefined> {
    return new Promise((resolve) => {
      if (this.gone) return resolve(undefined);
      this.#waiting.set(turn, resolve as (answer: unknown) => void);
      this.send(message);
    });
  }

  #hear(message: Exclude<FromWorker, { say: "names" }>): void {
    if (message.say === "news") this.#env.onNews(message);
    else if (message.say === "left") {
      this.generations.delete(message.generation);
      this.#env.onLeft(message.generation);
    } else {
      this.#waiting.get(message.turn)?.(message);
      this.#waiting.delete(message.turn);
    }
  }
}

/** A worker that ended when it should not have. */
export function endedEarly(slot: number, how: string): NamerError {
  return new NamerError("PROXY_WORKER", `worker ${slot} ${how} before it could serve`);
}
