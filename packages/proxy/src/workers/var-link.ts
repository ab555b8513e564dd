import { type Closable, Var } from "@namerkit/core";
import { Outbox } from "./outbox.js";
import type { Wire } from "./wire.js";

/** What two ends of a link say to each other. Who follows gives the number. */
type Said =
  | { readonly follow: number; readonly topic: unknown; readonly of?: number }
  | { readonly leave: number }
  | { readonly tell: number; readonly value: unknown };

export type LinkMessage = readonly Said[];

/** Finds what somebody at the other end asks for. `ask` asks back, about just this. */
export type Resolve = (topic: unknown, ask: Ask) => Var<() => unknown>;
/** `initial` until the other end has told of it. */
export type Ask = <T>(topic: unknown, initial: T, decode: (value: unknown) => T) => Var<T>;

/**
 * Vars of another process, in both directions: observed there for as long as they are observed here. Of values that come faster than
 * the line takes them the latest is sent.
 */
export class VarLink implements Closable {
  readonly #outbox: Outbox;
  readonly #resolve: Resolve;
  /** By our numbers. */
  readonly #followed = new Map<number, Followed>();
  /** By theirs. */
  readonly #told = new Map<number, Closable>();
  #last = 0;
  #closed = false;

  constructor(wire: Wire<LinkMessage, LinkMessage>, resolve: Resolve) {
    this.#resolve = resolve;
    this.#outbox = new Outbox((messages, sent) => wire.send(messages as LinkMessage, sent));
    wire.onMessage((messages) => {
      for (const message of messages) this.#hear(message);
    });
  }

  /** How many Vars of this end the other follows. */
  get told(): number {
    return this.#told.size;
  }

  /** How many Vars of the other end are followed. */
  get followed(): number {
    return this.#followed.size;
  }

  /** A Var of the other end. `answer` finds what that asks about it in return. */
  follow<T>(topic: unknown, initial: T, decode: (value: unknown) => T, answer?: Resolve): Var<T> {
    return this.#follow(topic, initial, decode, answer, undefined);
  }

  close(): void {
    this.#closed = true;
    for (const one of this.#told.values()) one.close();
    this.#told.clear();
    this.#followed.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #follow<T>(
    topic: unknown,
    initial: T,
    decode: (value: unknown) => T,
    answer: Resolve | undefined,
    of: number | undefined,
  ): Var<T> {
    return Var.async(initial, (set, signal) => {
      if (this.#closed) return;
      const number = ++this.#last;
      this.#followed.set(number, { set: (value) => set(decode(value)), answer });
      this.#put(() => (of === undefined ? { follow: number, topic } : { follow: number, topic, of }));
      signal.addEventListener("abort", () => {
        if (this.#followed.delete(number)) this.#put(() => ({ leave: number }));
      });
    });
  }

  #hear(message: Said): void {
    if (this.#closed) return;
    if ("tell" in message) this.#followed.get(message.tell)?.set(message.value);
    else if ("leave" in message) this.#leave(message.leave);
    else this.#tell(message);
  }

  #tell({ follow: number, topic, of }: Extract<Said, { follow: number }>): void {
    // What is asked about has been let go of meanwhile, and so will be what asks.
    const resolve = of === undefined ? this.#resolve : this.#followed.get(of)?.answer;
    if (resolve === undefined) return;
    const ask: Ask = (about, initial, decode) => this.#follow(about, initial, decode, undefined, number);
    const observation = resolve(topic, ask).observe((value) => {
      this.#put(() => ({ tell: number, value: value() }), number);
    });
    this.#told.set(number, observation);
  }

  #leave(number: number): void {
    this.#told.get(number)?.close();
    this.#told.delete(number);
  }

  #put(message: () => Said, key?: number): void {
    if (!this.#closed) this.#outbox.put(message, key);
  }
}

interface Followed {
  set(value: unknown): void;
  readonly answer: Resolve | undefined;
}
