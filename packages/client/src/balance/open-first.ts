import { type Endpoint, OPEN } from "./endpoint.js";

/**
 * A list of endpoints with the open ones in front, in no other order. Choosing among the open ones is then drawing a number below
 * `open`, however many are dead: Finagle draws from all and tries again, maxEffort times, and then takes a dead one.
 */
export class OpenFirst {
  list: Endpoint[] = [];
  /** So many of the first are open. */
  open = 0;

  /** How many there are to choose from: the open ones, or all when none is. */
  get choice(): number {
    return this.open > 0 ? this.open : this.list.length;
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    this.list = [];
    this.open = 0;
    for (const endpoint of endpoints) if (endpoint.rank === OPEN) this.#push(endpoint);
    this.open = this.list.length;
    for (const endpoint of endpoints) if (endpoint.rank !== OPEN) this.#push(endpoint);
  }

  /** Moves a member to where it belongs now, in constant time. */
  ranked(endpoint: Endpoint): void {
    if (this.list[endpoint.at] !== endpoint) return;
    const wasOpen = endpoint.at < this.open;
    if (wasOpen === (endpoint.rank === OPEN)) return;
    if (wasOpen) this.#swap(endpoint.at, --this.open);
    else this.#swap(endpoint.at, this.open++);
  }

  #push(endpoint: Endpoint): void {
    endpoint.at = this.list.length;
    this.list.push(endpoint);
  }

  #swap(i: number, j: number): void {
    const { list } = this;
    const [a, b] = [list[i] as Endpoint, list[j] as Endpoint];
    list[i] = b;
    b.at = i;
    list[j] = a;
    a.at = j;
  }
}
