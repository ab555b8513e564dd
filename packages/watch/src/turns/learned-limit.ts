import type { Clock, Closable } from "@namerkit/core";

export interface LearnedLimitOptions {
  /** How many connections there may be as long as the server has not shown that it is less. */
  readonly most: number;
  /** Those that stand now. */
  readonly open: () => readonly { readonly destroyed: boolean }[];
  /** The limit has changed. */
  readonly changed: () => void;
}

/** So long after connections were turned away others have to stand still: a server that ends takes them all. In ms. */
const JUDGE_MS = 250;
/** So many have to be turned away within `RECENT_MS`. */
const TIMES = 3;
const RECENT_MS = 10_000;
/** With fewer that stand it is not believed to be a limit. */
const LEAST = 4;
/** Less by this part than what stands: a connection may come to a server before it knows that another has ended. */
const MARGIN = 1 / 8;
/** What is turned away so soon after had been sent before, in ms. */
const SETTLE_MS = 2_000;
/** So long it stays, before more are tried; twice as long each time that they were too many. */
const RAISE_MS = 30_000;
const MAX_RAISE_MS = 600_000;

/**
 * How many connections a server takes from us, learned from those that it turns away, that is, resets before it has said anything. When
 * some are turned away while others stand, there are to be an eighth fewer than those, for a while; then half as many more, until there are as many
 * as were configured, or some are turned away again.
 *
 * A server that resets all of its connections has no limit but a fault, and teaches nothing.
 */
export class LearnedLimit implements Closable {
  readonly #clock: Clock;
  readonly #options: LearnedLimitOptions;
  #limit: number;
  #turnedAway = 0;
  /** When those were turned away of which nothing has been made yet. */
  #recent: number[] = [];
  #before: readonly { readonly destroyed: boolean }[] = [];
  #judging: Closable | undefined;
  #raising: Closable | undefined;
  #raiseMs = RAISE_MS;
  #settledAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, options: LearnedLimitOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#limit = options.most;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Whether it is less than was configured. */
  get lowered(): boolean {
    return this.#limit < this.#options.most;
  }

  /** How many connections were turned away since the beginning. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** The server has turned a connection away. */
  note(): void {
    this.#turnedAway++;
    if (this.#closed) return;
    const now = this.#clock.now();
    if (now < this.#settledAt) return;
    this.#recent.push(now);
    if (this.#judging !== undefined) return;
    this.#before = this.#options.open();
    this.#judging = this.#clock.after(JUDGE_MS, () => this.#judge());
  }

  close(): void {
    this.#closed = true;
    this.#judging?.close();
    this.#raising?.close();
    this.#before = [];
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #judge(): void {
    this.#judging = undefined;
    const standing = this.#before.filter((one) => !one.destroyed).length;
    this.#before = [];
    const since = this.#clock.now() - RECENT_MS;
    this.#recent = standing < LEAST ? [] : this.#recent.filter((at) => at >= since);
    if (this.#recent.length < TIMES) return;
    this.#recent = [];
    if (standing >= this.#options.most) return;
    this.#lower(Math.min(this.#limit, standing - Math.ceil(standing * MARGIN)));
  }

  #lower(limit: number): void {
    const again = this.#raising !== undefined;
    this.#raising?.close();
    this.#raiseMs = again ? Math.min(MAX_RAISE_MS, this.#raiseMs * 2) : RAISE_MS;
    this.#settledAt = this.#clock.now() + SETTLE_MS;
    this.#set(limit);
    this.#raise();
  }

  #raise(): void {
    this.#raising = this.#clock.after(this.#raiseMs, () => {
      const { most } = this.#options;
      this.#set(Math.min(most, this.#limit + Math.ceil(this.#limit / 2)));
      // Once more when it is all that was configured: what is learned within that time is learned again.
      if (this.lowered) this.#raise();
      else this.#raising = this.#clock.after(this.#raiseMs, () => (this.#raising = undefined));
    });
  }

  #set(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#options.changed();
  }
}
