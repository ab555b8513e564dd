import { messageOf, NamerError } from "../errors.js";
import type { Closable } from "../values/closable.js";
import { State } from "../values/state.js";
import type { Clock } from "./clock.js";
import type { SourceOptions } from "./source-options.js";

type Options = Pick<SourceOptions, "firstAnswerMs" | "maxStaleMs" | "whenUnavailable" | "emptyGraceMs">;

/** With these the catalogue has spoken: there is nothing to wait for. */
const definite: ReadonlySet<string> = new Set(["NAMER_REFUSED", "NAMER_ANSWER"]);

function isDefinite(error: NamerError): boolean {
  return error.final || definite.has(error.code);
}

export interface AnswersView<T> {
  show(state: State<T | undefined>): void;
  /** An empty answer has been put aside for the grace time. */
  held(): void;
  /** What is asked, for the error text. */
  request(): string | undefined;
}

/**
 * What is believed of what a watch says: which answers, failures and silences are shown, and when. Everything that is a matter of
 * time but not of retrying is here.
 */
export class Answers<T> {
  readonly #clock: Clock;
  readonly #options: Options;
  readonly #view: AnswersView<T>;
  #answered = false;
  #last: T | undefined;
  #lastError: NamerError | undefined;
  #failing = false;
  #contactAt = 0;
  /** firstAnswerMs are over and there is no answer. */
  #overdue = false;
  /** The last answer is no longer believed. */
  #disowned = false;
  #emptySince: number | undefined;
  #firstAnswerTimer: Closable | undefined;
  #staleTimer: Closable | undefined;
  #graceTimer: Closable | undefined;

  constructor(clock: Clock, options: Options, view: AnswersView<T>) {
    this.#clock = clock;
    this.#options = options;
    this.#view = view;
    this.#firstAnswerTimer = clock.after(options.firstAnswerMs, () => {
      this.#overdue = true;
      // A refusal is shown already, and says more than that time is over.
      if (this.#lastError === undefined || !isDefinite(this.#lastError)) this.#showUnavailable();
    });
  }

  answer(value: T | undefined): void {
    this.#inTouch();
    const disowned = this.#disowned;
    this.#disowned = false;
    if (value === undefined && this.#last !== undefined && !this.#emptyLongEnough()) {
      if (disowned) this.#view.show(State.ok(this.#last));
      return;
    }
    this.#believe(value);
  }

  alive(): void {
    this.#inTouch();
    const disowned = this.#disowned;
    this.#disowned = false;
    // The last answer is still true, and it was an empty one.
    if (this.#emptySince !== undefined && this.#emptyLongEnough()) this.#believe(undefined);
    else if (disowned) this.#view.show(State.ok(this.#last));
  }

  failure(error: NamerError): void {
    this.#failing = true;
    this.#lastError = error;
    if (!this.#answered) {
      if (isDefinite(error)) this.#view.show(State.failed(error));
      else if (this.#overdue) this.#showUnavailable();
    } else if (error.final) this.#disown(error);
    else if (this.#options.maxStaleMs !== undefined && !this.#disowned && this.#staleTimer === undefined) {
      const age = this.#clock.now() - this.#contactAt;
      if (age >= this.#options.maxStaleMs) this.#tooOld();
      else this.#staleTimer = this.#clock.after(this.#options.maxStaleMs - age, () => this.#tooOld());
    }
  }

  close(): void {
    this.#firstAnswerTimer?.close();
    this.#staleTimer?.close();
    this.#graceTimer?.close();
  }

  #inTouch(): void {
    this.#contactAt = this.#clock.now();
    this.#failing = false;
    this.#staleTimer?.close();
    this.#staleTimer = undefined;
  }

  #believe(value: T | undefined): void {
    this.#firstAnswerTimer?.close();
    this.#graceTimer?.close();
    this.#emptySince = undefined;
    this.#answered = true;
    this.#last = value;
    this.#view.show(State.ok(value));
  }

  /** Whether an empty answer after a full one has been given for long enough; starts the waiting if it is the first. */
  #emptyLongEnough(): boolean {
    const grace = this.#options.emptyGraceMs;
    if (grace <= 0) return true;
    if (this.#emptySince !== undefined) return this.#clock.now() - this.#emptySince >= grace;
    this.#emptySince = this.#clock.now();
    this.#view.held();
    this.#graceTimer = this.#clock.after(grace, () => {
      // While contact is lost, emptiness may be part of the trouble: the next answer decides.
      if (!this.#failing) this.#believe(undefined);
    });
    return false;
  }

  #showUnavailable(): void {
    if (this.#options.whenUnavailable === "neg") {
      this.#view.show(State.ok(undefined));
      return;
    }
    const waited = `${this.#options.firstAnswerMs} ms`;
    const last = this.#lastError;
    if (last !== undefined) {
      const text = `no answer within ${waited}: ${messageOf(last)}`;
      this.#view.show(State.failed(new NamerError(last.code, text, { cause: last })));
      return;
    }
    const request = this.#view.request() ?? "the catalogue";
    this.#view.show(State.failed(new NamerError("NAMER_PENDING", `${request}: no answer within ${waited}`)));
  }

  #tooOld(): void {
    this.#staleTimer = undefined;
    const text = `the last answer is older than ${this.#options.maxStaleMs} ms: ${messageOf(this.#lastError)}`;
    this.#disown(new NamerError("NAMER_STALE", text, { final: true, cause: this.#lastError }));
  }

  #disown(error: NamerError): void {
    this.#disowned = true;
    this.#staleTimer?.close();
    this.#staleTimer = undefined;
    this.#view.show(State.failed(error));
  }
}
