import { NamerError } from "../errors.js";
import type { Gate, Supervisor } from "./supervisor.js";

export interface Slotted {
  readonly supervisor: Pick<Supervisor<unknown>, "evict" | "retry">;
}

/**
 * The places for running sources of one namer. When all are taken, the source that has been idle longest makes room; if none is
 * idle, whoever comes waits for one to go.
 */
export class KeySlots<E extends Slotted> {
  readonly #max: number;
  readonly #moved: () => void;
  readonly #running = new Set<E>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<E>();
  /** Refused but still observed, in the order in which they came. */
  readonly #waiting = new Set<E>();
  #making = false;

  /** `moved` is called when something has started, stopped, or shows something else. */
  constructor(max: number, moved: () => void) {
    this.#max = max;
    this.#moved = moved;
  }

  get running(): ReadonlySet<E> {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** The gate of one source. */
  gate(entry: () => E): Gate {
    return {
      enter: () => this.#enter(entry()),
      idle: () => {
        this.#idle.add(entry());
        this.#serveFirst();
      },
      busy: () => {
        this.#idle.delete(entry());
      },
      leave: () => this.#leave(entry()),
      moved: this.#moved,
    };
  }

  #enter(entry: E): NamerError | undefined {
    if (this.#running.size >= this.#max) {
      this.#makeRoom();
      if (this.#running.size >= this.#max) {
        this.#waiting.add(entry);
        return tooManyKeys(this.#max);
      }
    }
    this.#waiting.delete(entry);
    this.#running.add(entry);
    this.#moved();
    return undefined;
  }

  #makeRoom(): void {
    const [oldest] = this.#idle;
    this.#making = true;
    try {
      oldest?.supervisor.evict();
    } finally {
      this.#making = false;
    }
  }

  #leave(entry: E): void {
    this.#idle.delete(entry);
    this.#waiting.delete(entry);
    if (!this.#running.delete(entry)) return;
    this.#moved();
    // The place is promised already while room is being made.
    if (!this.#making) this.#serveFirst();
  }

  #serveFirst(): void {
    const [first] = this.#waiting;
    first?.supervisor.retry();
  }
}

function tooManyKeys(max: number): NamerError {
  return new NamerError("NAMER_TOO_MANY_KEYS", `${max} names are being watched already, and all of them are in use`);
}
