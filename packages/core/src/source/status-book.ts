import type { SourceStatus } from "../binding/namer.js";
import { messageOf, type NamerError } from "../errors.js";
import { Var } from "../values/var.js";
import type { Clock } from "./clock.js";
import type { Moment } from "./remembered-names.js";

/** Keeps the dates of one source. The status itself is written out only when somebody looks. */
export class StatusBook {
  readonly #clock: Clock;
  readonly #report: (thrown: unknown) => void;
  readonly #turned = Var.mutable(0);
  readonly #counters = new Map<string, number>();
  #state: SourceStatus["state"] | undefined;
  #request: string | undefined;
  #firstContactAt: number | undefined;
  #lastContactAt: number | undefined;
  #lastChangeAt: number | undefined;
  #staleSince: number | undefined;
  #lastError: { readonly code: string; readonly message: string; readonly at: number } | undefined;
  #contactNow = 0;

  /** From when the answers are that are shown while there was none yet; undefined: there are none. */
  rememberedAt: (() => number | undefined) | undefined;

  /** Undefined until the source is first started. */
  readonly status: Var<SourceStatus | undefined> = this.#turned.map(() => this.#write());

  /** `report` is told what an observer of the status throws. */
  constructor(clock: Clock, report: (thrown: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Milliseconds since the last contact; undefined if there was none, or the source is not running. */
  get age(): number | undefined {
    if (this.#lastContactAt === undefined || this.#state === "closed") return undefined;
    return this.#clock.now() - this.#contactNow;
  }

  get lastContact(): Moment | undefined {
    return this.#lastContactAt === undefined ? undefined : { wall: this.#lastContactAt, now: this.#contactNow };
  }

  get request(): string | undefined {
    return this.#request;
  }

  get running(): boolean {
    return this.#state !== undefined && this.#state !== "closed";
  }

  get failing(): boolean {
    return this.#staleSince !== undefined;
  }

  started(): void {
    this.#state = "connecting";
    this.#firstContactAt = undefined;
    this.#staleSince = undefined;
    this.#turn();
  }

  closed(): void {
    this.#state = "closed";
    this.#turn();
  }

  asked(request: string): void {
    this.#request = withoutUserinfo(request);
    this.#turn();
  }

  /** `answer`: an answer, and not only a sign of life. */
  contact(answer: boolean): void {
    this.#contactNow = this.#clock.now();
    this.#lastContactAt = this.#clock.wall();
    this.#firstContactAt ??= this.#lastContactAt;
    this.#staleSince = undefined;
    if (answer || this.#state === "stale") this.#state = "live";
    this.#turn();
  }

  changed(): void {
    this.#lastChangeAt = this.#clock.wall();
    this.#turn();
  }

  failed(error: NamerError): void {
    const at = this.#clock.wall();
    this.#lastError = { code: error.code, message: withoutUserinfo(messageOf(error)), at };
    this.#staleSince ??= at;
    if (this.#state === "live") this.#state = "stale";
    this.#turn();
  }

  count(name: string, n = 1): void {
    this.note(name, n);
    this.#turn();
  }

  /** Counts without telling anybody: where observers must not be called. It is seen with the next change. */
  note(name: string, n = 1): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + n);
  }

  /** What `rememberedAt` says has changed. */
  refresh(): void {
    if (this.running) this.#turn();
  }

  #turn(): void {
    try {
      this.#turned.update(0);
    } catch (thrown) {
      this.#report(thrown);
    }
  }

  #write(): SourceStatus | undefined {
    if (this.#state === undefined) return undefined;
    const error = this.#lastError;
    const rememberedAt = this.#state === "connecting" ? this.rememberedAt?.() : undefined;
    const state = rememberedAt === undefined ? this.#state : "stale";
    return {
      state,
      request: this.#request,
      firstContactAt: iso(this.#firstContactAt),
      lastContactAt: iso(this.#lastContactAt),
      lastChangeAt: iso(this.#lastChangeAt),
      staleSince: state === "stale" ? iso(rememberedAt ?? this.#staleSince) : undefined,
      lastError: error && { code: error.code, message: error.message, at: new Date(error.at).toISOString() },
      counters: Object.fromEntries(this.#counters),
    };
  }
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** Authors should not put credentials into texts for people; the commonest slip, user:password@ in a URL, is made good here. */
export function withoutUserinfo(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]+@/g, "//");
}
