import { AsyncLocalStorage } from "node:async_hooks";
import { Activity, type Clock, type Closable, type Namer, NamerError, systemClock, type Var } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { Book, type LedgerEntry, listed } from "./book.js";
import { Opener } from "./opener.js";
import { watchSockets } from "./sockets.js";
import { WatchedClock } from "./watched-clock.js";
import { watchedDispatcher } from "./watched-dispatcher.js";
import { watchedNamer } from "./watched-namer.js";
import { watchedVar } from "./watched-var.js";

export interface LedgerOptions {
  /** The clock to wrap; the real one by default. */
  readonly clock?: Clock;
  /**
   * Whose sockets are entered. "own": those opened in `run`, by a timer of the ledger's clock, or through its namers, Vars and
   * dispatchers. "unclaimed", the default: those, and any that no other ledger owns, such as those of a test that uses no `run`.
   */
  readonly sockets?: "unclaimed" | "own";
}

export interface DrainOptions {
  /** How long to wait, in real milliseconds; 5,000 by default. Only ever spent where something leaks. */
  readonly timeoutMs?: number;
}

/** An undici 7 Dispatcher, told without undici's types: whoever uses no dispatcher need not have them. */
interface AnyDispatcher {
  readonly dispatch: unknown;
  readonly compose: unknown;
}

/** In whose name the code at hand runs. Sockets tell of themselves to the whole process; this is what keeps ledgers apart. */
const owner = new AsyncLocalStorage<Ledger>();

/** What is still open, and who opened it. Sees what goes through its wrappers, and client sockets until it is closed. */
export class Ledger implements Closable {
  readonly #book = new Book();
  readonly #sockets: Closable;
  readonly #drained = new Set<() => void>();
  #closed = false;
  /** The given clock; give this one to what is tested. */
  readonly clock: Clock;

  /** Use `createLedger`. */
  constructor({ clock = systemClock, sockets = "unclaimed" }: LedgerOptions = {}) {
    this.clock = new WatchedClock(clock, this.#book, (fn) => this.run(fn));
    this.#book.onClosed = () => this.#tellDrained();
    this.#sockets = watchSockets(this.#book, () => {
      const whose = owner.getStore();
      return whose === this || (sockets === "unclaimed" && (whose === undefined || whose.#closed));
    });
  }

  /** Everything that is open, in the order in which it was opened. */
  get open(): readonly LedgerEntry[] {
    return this.#book.open;
  }

  /** Runs a function; sockets that it opens, now or after any `await`, are this ledger's and no other's. */
  run<T>(fn: () => T): T {
    return owner.run(this, fn);
  }

  /** The same Var; each of its observers is entered. `what` names it in the list: "the addresses of /web". */
  var<T>(source: Var<T>, what = "a Var"): Var<T> {
    const enter = (below: Function): Closable =>
      this.#book.enter("observer", Opener.of(below), () => `observer of ${what}`);
    return watchedVar(source, enter, (fn) => this.run(fn));
  }

  /** The same Activity; each of its observers is entered. */
  activity<T>(source: Activity<T>, what = "an Activity"): Activity<T> {
    return Activity.of(this.var(source.run, what));
  }

  /** The same namer; observers of its trees, addresses, statuses and names are entered. Ids, residuals and identities stay. */
  namer(namer: Namer): Namer {
    return watchedNamer(
      namer,
      (source, what) => this.var(source, what),
      (fn) => this.run(fn),
    );
  }

  /** The same undici dispatcher; each request is entered until its answer has ended. */
  dispatcher<D extends AnyDispatcher>(dispatcher: D): D {
    const given = dispatcher as unknown as Dispatcher;
    return watchedDispatcher(given, this.#book, (fn) => this.run(fn)) as unknown as D;
  }

  /**
   * Resolves when no socket and no request is open any more: those take a moment to close, everything else closes at once.
   *
   * @throws NamerError TESTING_LEAK after `timeoutMs`, with everything that is open.
   */
  async drained({ timeoutMs = 5_000 }: DrainOptions = {}): Promise<void> {
    if (this.#undrained === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const drained = await new Promise<boolean>((resolve) => {
      const done = (): void => {
        this.#drained.delete(done);
        resolve(true);
      };
      this.#drained.add(done);
      timer = setTimeout(() => {
        this.#drained.delete(done);
        resolve(false);
      }, timeoutMs);
    });
    clearTimeout(timer);
    if (!drained) throw this.#leak(`after ${timeoutMs} ms`);
  }

  /** @throws NamerError TESTING_LEAK if anything is open, with what and who opened it. */
  assertEmpty(): void {
    if (this.open.length > 0) throw this.#leak("");
  }

  /** Looks at no more sockets; what is open stays listed. It asserts nothing, so that it may stand in a `finally` or a `using`. */
  close(): void {
    this.#closed = true;
    this.#sockets.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #undrained(): number {
    return this.#book.count("socket", "request");
  }

  #tellDrained(): void {
    if (this.#drained.size > 0 && this.#undrained === 0) for (const done of [...this.#drained]) done();
  }

  #leak(when: string): NamerError {
    const { open } = this;
    const count = open.length === 1 ? "1 thing is" : `${open.length} things are`;
    return new NamerError("TESTING_LEAK", `${count} still open${when === "" ? "" : ` ${when}`}:\n${listed(open)}`);
  }
}

/** Starts a ledger. Close it, or declare it with `using`, so that it does not listen to sockets for ever. */
export function createLedger(options?: LedgerOptions): Ledger {
  return new Ledger(options);
}
