import { BaseVar } from "./base-var.js";
import { Cell } from "./cell.js";
import { type Dependent, type Link, varProtocol } from "./protocol.js";

export type AsyncBody<T> = (set: (value: T) => void, signal: AbortSignal) => void;

/** A Var fed by a body that runs only while somebody observes, once for all observers. */
export class AsyncVar<T> extends BaseVar<T> {
  readonly #initial: T;
  readonly #body: AsyncBody<T>;
  #run: Run<T> | undefined;

  constructor(initial: T, body: AsyncBody<T>) {
    super();
    this.#initial = initial;
    this.#body = body;
  }

  override [varProtocol](dependent: Dependent): Link<T> {
    const run = this.#run ?? this.#start();
    run.holders++;
    return run.cell.link(dependent, () => this.#release(run));
  }

  #start(): Run<T> {
    const cell = new Cell(this.#initial);
    const run: Run<T> = { cell, controller: new AbortController(), holders: 1 };
    this.#run = run;
    try {
      // Held by one while it runs: a body that observes what it feeds, or sets at once, must not stop itself.
      this.#body((value) => cell.update(value), run.controller.signal);
    } catch (error) {
      this.#stop(run);
      throw error;
    }
    run.holders--;
    return run;
  }

  #release(run: Run<T>): void {
    if (--run.holders === 0) this.#stop(run);
  }

  #stop(run: Run<T>): void {
    if (this.#run === run) this.#run = undefined;
    run.controller.abort();
  }
}

/** From the first observer to the last. A stopped body keeps its own cell, which nobody reads any more. */
interface Run<T> {
  readonly cell: Cell<T>;
  readonly controller: AbortController;
  holders: number;
}
