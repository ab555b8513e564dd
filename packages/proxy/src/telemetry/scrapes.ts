import type { PageAnswer } from "@namerkit/core";

/** Each holds a line for every series while it is being read. */
const atOnce = 8;

/** Lets only so many readers of a long page in at a time. */
export class Scrapes {
  #running = 0;

  answer(type: string, make: () => AsyncIterable<string>): PageAnswer {
    if (this.#running >= atOnce) {
      return {
        status: 503,
        type: "text/plain; charset=utf-8",
        body: `${atOnce} others are being answered already\n`,
        headers: [["Retry-After", "1"]],
      };
    }
    return { status: 200, type, body: this.#counted(make) };
  }

  async *#counted(make: () => AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    this.#running++;
    try {
      yield* make();
    } finally {
      this.#running--;
    }
  }
}
