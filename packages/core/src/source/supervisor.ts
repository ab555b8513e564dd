import { messageOf, type NamerError, toNamerError } from "../errors.js";
import { BaseVar } from "../values/base-var.js";
import { Cell } from "../values/cell.js";
import type { Closable } from "../values/closable.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State, sameState } from "../values/state.js";
import { Answers } from "./answers.js";
import { Attempt } from "./attempt.js";
import { Backoff } from "./backoff.js";
import type { Origin } from "./belief.js";
import type { PluginEnv } from "./env.js";
import { linger } from "./linger.js";
import type { Moment } from "./remembered-names.js";
import type { SourceMetrics } from "./source-metrics.js";
import type { SourceOptions } from "./source-options.js";
import { StatusBook, withoutUserinfo } from "./status-book.js";
import { TokenBucket } from "./token-bucket.js";
import type { Watch } from "./watch.js";

/** Who decides how many sources of a kind may run. */
export interface Gate {
  /** Asked before a start. An error is what is shown instead; `retry` of the supervisor is then called once there is room. */
  enter(): NamerError | undefined;
  /** Its last observer has left; it runs on for the linger, and may be stopped earlier with `evict`. */
  idle(): void;
  busy(): void;
  leave(): void;
  /** It has begun, or ceased, to have a value. */
  moved(): void;
}

export interface SupervisorSpec<T, Y> {
  readonly env: Pick<PluginEnv, "clock" | "random" | "log" | "shutdown">;
  readonly metrics: SourceMetrics;
  readonly options: SourceOptions;
  readonly watch: Watch<Y>;
  /** What is to be believed of a yielded value; a throw is a failure of the watch. */
  readonly convert: (value: Y | undefined, count: (name: string, n?: number) => void) => T | undefined;
  readonly equals: (a: T, b: T) => boolean;
  readonly gate?: Gate;
}

type Shown<T> = State<T | undefined>;

/**
 * One supervised source as a Var: started by the first observer, shared by all, kept for the linger after the last. It owns the
 * retries; what is believed when is up to `Answers`.
 */
export class Supervisor<T, Y = T> extends BaseVar<Shown<T>> implements Origin {
  readonly book: StatusBook;
  readonly #spec: SupervisorSpec<T, Y>;
  readonly #cell = new Cell<Shown<T>>(State.pending);
  readonly #contacts = new Cell(0);
  readonly #backoff: Backoff;
  readonly #bucket: TokenBucket;
  #holders = 0;
  #answers: Answers<T> | undefined;
  #answered = false;
  #attempt: Attempt<Y> | undefined;
  #retryTimer: Closable | undefined;
  #lingerTimer: Closable | undefined;
  /** Outlives a stop: coming back must not be a way around the back-off. */
  #notBefore = 0;
  #lastError: NamerError | undefined;

  constructor(spec: SupervisorSpec<T, Y>) {
    super();
    const { clock, random } = spec.env;
    this.#spec = spec;
    this.book = new StatusBook(clock, (thrown) => this.#observerThrew(thrown));
    this.#backoff = new Backoff(clock, random, spec.options.backoff);
    this.#bucket = new TokenBucket(clock, spec.options.pace);
  }

  /** What is shown now, without becoming an observer. */
  get shown(): Shown<T> {
    return this.#cell.sample();
  }

  get answered(): boolean {
    return this.#answered;
  }

  get contactLost(): boolean {
    return this.book.failing;
  }

  get running(): boolean {
    return this.#answers !== undefined;
  }

  get lastContact(): Moment | undefined {
    return this.book.lastContact;
  }

  onContact(fn: () => void): Closable {
    let now = true;
    const observation = this.#contacts.observe(() => {
      if (!now) fn();
    });
    now = false;
    return observation;
  }

  note(name: string): void {
    this.book.note(name);
    this.#spec.metrics.count(name);
  }

  override [varProtocol](dependent: Dependent): Link<Shown<T>> {
    if (this.#holders++ === 0) this.#wanted();
    return this.#cell.link(dependent, () => {
      if (--this.#holders === 0) this.#unwanted();
    });
  }

  /** Tries again to pass the gate. */
  retry(): void {
    if (this.#holders > 0 && this.#answers === undefined) this.#start();
  }

  /** Stops at once, if nobody observes. */
  evict(): void {
    if (this.#holders === 0 && this.#answers !== undefined) this.#stop();
  }

  #wanted(): void {
    if (this.#answers === undefined) this.#start();
    else {
      this.#lingerTimer?.close();
      this.#lingerTimer = undefined;
      this.#spec.gate?.busy();
    }
  }

  #unwanted(): void {
    if (this.#answers === undefined) {
      this.#spec.gate?.leave();
      this.#show(State.pending);
      return;
    }
    this.#spec.gate?.idle();
    // Unless its place was wanted by another.
    if (this.#answers !== undefined) this.#linger();
  }

  /** What does not exist is kept for a shorter time: names that clients invent come in any number. */
  #linger(): void {
    const { lingerMs, negativeMs } = this.#spec.options;
    const shown = this.shown;
    const ms = shown.status === "ok" && shown.value === undefined ? Math.min(lingerMs, negativeMs) : lingerMs;
    this.#lingerTimer?.close();
    this.#lingerTimer = undefined;
    const { clock, shutdown } = this.#spec.env;
    this.#lingerTimer = linger(clock, ms, shutdown, () => this.#stop());
  }

  #start(): void {
    const refused = this.#spec.gate?.enter();
    if (refused !== undefined) {
      this.#show(State.failed(refused));
      return;
    }
    if (this.shown.status === "failed") this.#show(State.pending);
    const { env, options, metrics } = this.#spec;
    metrics.count("opens");
    this.book.started();
    this.#answers = new Answers<T>(env.clock, options, {
      show: (state) => this.#show(state),
      held: () => this.#count("held_empty"),
      request: () => this.book.request,
    });
    const wait = Math.max(0, this.#notBefore - env.clock.now());
    if (wait > 0 && this.#lastError !== undefined) this.#answers.failure(this.#lastError);
    this.#again(wait);
  }

  #stop(): void {
    this.#lingerTimer?.close();
    this.#lingerTimer = undefined;
    this.#retryTimer?.close();
    this.#answers?.close();
    this.#answers = undefined;
    this.#answered = false;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.close();
    this.book.closed();
    this.#spec.metrics.count("closes");
    this.#show(State.pending);
    this.#spec.gate?.leave();
  }

  #again(ms: number): void {
    if (ms > 0) this.#retryTimer = this.#spec.env.clock.after(ms, () => this.#begin());
    else this.#begin();
  }

  #begin(): void {
    const { env, watch } = this.#spec;
    const attempt = new Attempt<Y>(env.clock, this.#bucket, {
      value: (value) => this.#took(value),
      alive: () => this.#alive(),
      request: (text) => this.book.asked(text),
      count: (name, n) => this.#count(name, n),
      failed: (thrown) => this.#failed(thrown),
      ended: () => this.#ended(),
    });
    this.#attempt = attempt;
    this.#count("attempts");
    attempt.start(watch);
  }

  #took(yielded: Y | undefined): void {
    let value: T | undefined;
    try {
      value = this.#spec.convert(yielded, (name, n) => this.#count(name, n));
    } catch (thrown) {
      this.#attempt?.close();
      this.#failed(toNamerError(thrown, "NAMER_ANSWER"));
      return;
    }
    const answers = this.#answers;
    this.#contact(true);
    // Observers of the status may have closed everything, or even started it anew.
    if (answers === undefined || this.#answers !== answers) return;
    this.#answered = true;
    answers.answer(value);
    this.#settled();
  }

  #alive(): void {
    const answers = this.#answers;
    this.#contact(false);
    if (answers === undefined || this.#answers !== answers) return;
    answers.alive();
    this.#settled();
  }

  #settled(): void {
    try {
      this.#contacts.update(0);
    } catch (thrown) {
      this.#observerThrew(thrown);
    }
  }

  #ended(): void {
    const answers = this.#answers;
    this.#count("ends");
    if (answers !== undefined && this.#answers === answers) this.#again(0);
  }

  #contact(answer: boolean): void {
    if (this.book.failing) this.#spec.env.log.info({ request: this.book.request }, "the catalogue answers again");
    this.#backoff.succeeded();
    this.book.contact(answer);
  }

  #failed(thrown: unknown): void {
    const { env, metrics } = this.#spec;
    const answers = this.#answers;
    const error = toNamerError(thrown, "NAMER_UNAVAILABLE");
    const delay = this.#backoff.failed(error.retryAfterMs);
    this.#notBefore = env.clock.now() + delay;
    this.#lastError = error;
    const fields = { code: error.code, request: this.book.request, retryInMs: Math.round(delay) };
    env.log[this.book.failing ? "debug" : "warn"](
      fields,
      `the catalogue does not answer: ${withoutUserinfo(messageOf(error))}`,
    );
    metrics.error(error.code);
    this.book.count("errors");
    this.book.failed(error);
    if (this.#answers === answers) answers?.failure(error);
    if (answers !== undefined && this.#answers === answers) this.#again(delay);
  }

  #count(name: string, n = 1): void {
    this.book.count(name, n);
    this.#spec.metrics.count(name, n);
  }

  #show(next: Shown<T>): void {
    const same = (a: T | undefined, b: T | undefined): boolean =>
      a === b || (a !== undefined && b !== undefined && this.#spec.equals(a, b));
    if (sameState(this.shown, next, same)) {
      if (next.status === "ok") this.#count("unchanged");
      return;
    }
    const moved = exists(this.shown) !== exists(next);
    if (next.status === "ok") {
      this.#count("updates");
      this.book.changed();
    }
    try {
      this.#cell.update(next);
    } catch (thrown) {
      this.#observerThrew(thrown);
    }
    if (moved) this.#spec.gate?.moved();
    if (this.#lingerTimer !== undefined && next.status === "ok" && next.value === undefined) this.#linger();
  }

  /** An observer's trouble is not the source's: it must neither end the watch nor count as its failure. */
  #observerThrew(thrown: unknown): void {
    this.#spec.env.log.error({ error: messageOf(thrown) }, "an observer threw");
  }
}

function exists(shown: Shown<unknown>): boolean {
  return shown.status === "ok" && shown.value !== undefined;
}
