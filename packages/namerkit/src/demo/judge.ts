import type { Answer } from "./steady-client.js";

/** Holds what the story has announced against what the clients get. */
export class Judge {
  readonly #allowed = new Map<string, ReadonlySet<string>>();
  readonly #seen = new Map<string, Map<string, number>>();
  #answers = 0;
  readonly #failures: string[] = [];
  #failed = 0;

  /** From now on, only these containers may answer for `host`. */
  announce(host: string, containers: Iterable<string>): void {
    this.#allowed.set(host, new Set(containers));
    this.#seen.set(host, new Map());
  }

  /** As well as those announced before: while something changes, both the old and the new are right. */
  alsoAllow(host: string, containers: Iterable<string>): void {
    this.announce(host, [...(this.#allowed.get(host) ?? []), ...containers]);
  }

  record(answer: Answer): void {
    this.#answers++;
    const { host, by, error } = answer;
    if (by === undefined) {
      this.#fail(`${host}: ${error}`);
    } else if (this.#allowed.get(host)?.has(by) !== true) {
      this.#fail(`${host}: ${by} answered, which was not announced`);
    } else {
      const seen = this.#seen.get(host);
      seen?.set(by, (seen.get(by) ?? 0) + 1);
    }
  }

  /** How often each container has answered for `host` since the last announcement. */
  seen(host: string): ReadonlyMap<string, number> {
    return this.#seen.get(host) ?? new Map();
  }

  get answers(): number {
    return this.#answers;
  }

  /** Responses other than announced. */
  get failures(): number {
    return this.#failed;
  }

  /** The first few of them, for people. */
  get examples(): readonly string[] {
    return this.#failures;
  }

  #fail(text: string): void {
    this.#failed++;
    if (this.#failures.length < 5) this.#failures.push(text);
  }
}
