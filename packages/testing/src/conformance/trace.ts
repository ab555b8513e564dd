import type { Clock } from "@namerkit/core";

const FIRST = 25;
const LAST = 75;

/** What was seen in a scenario, in order and with its time: the first lines and the latest ones. */
export class Trace {
  readonly #clock: Pick<Clock, "now">;
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  add(kind: string, text: string): void {
    const line = `${(this.#clock.now() / 1000).toFixed(3).padStart(10)} s  ${kind.padEnd(8)} ${text}`;
    if (this.#first.length < FIRST) this.#first.push(line);
    else {
      this.#last.push(line);
      if (this.#last.length > LAST) {
        this.#last.shift();
        this.#left++;
      }
    }
  }

  toString(): string {
    const gap = this.#left > 0 ? [`           ... ${this.#left} lines ...`] : [];
    return [...this.#first, ...gap, ...this.#last].join("\n");
  }
}
