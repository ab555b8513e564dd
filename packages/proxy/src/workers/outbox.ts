/** What waits to be sent. Made into JSON only then, so that of several values of one thing only the latest is. */
type Waiting = () => unknown;

/**
 * Gathers messages and sends them together. While what was sent before has not left yet, newer values take the place of older ones
 * with the same key: what waits is never more than there are things to tell of.
 */
export class Outbox {
  readonly #send: (messages: readonly unknown[], sent: () => void) => void;
  #waiting: Waiting[] = [];
  /** Places in `#waiting`. */
  readonly #places = new Map<number, number>();
  #planned = false;
  #sending = false;

  constructor(send: (messages: readonly unknown[], sent: () => void) => void) {
    this.#send = send;
  }

  /** `key`: of what this is the latest value. */
  put(message: Waiting, key?: number): void {
    const place = key === undefined ? undefined : this.#places.get(key);
    if (place !== undefined) {
      this.#waiting[place] = message;
      return;
    }
    if (key !== undefined) this.#places.set(key, this.#waiting.length);
    this.#waiting.push(message);
    this.#plan();
  }

  #plan(): void {
    if (this.#planned || this.#sending || this.#waiting.length === 0) return;
    this.#planned = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#planned = false;
    const messages = this.#waiting.map((message) => message());
    this.#waiting = [];
    this.#places.clear();
    this.#sending = true;
    this.#send(messages, () => {
      this.#sending = false;
      this.#plan();
    });
  };
}
