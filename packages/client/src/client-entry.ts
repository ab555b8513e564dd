import {
  Addr,
  type Address,
  type AddrMeta,
  type BoundName,
  type Closable,
  type NamerError,
  type Path,
  toNamerError,
} from "@namerkit/core";
import type { Balancer } from "./balance/balancer.js";
import { CacheEntry } from "./cache-entry.js";
import type { RetryBudget } from "./retry-budget.js";
import type { ClientAttachment } from "./types.js";

/** What a client tells those around it. */
export interface ClientEvents {
  /** The clock's time. */
  now(): number;
  addressesChanged(client: ClientEntry): void;
  finished(client: ClientEntry): void;
}

/** Whoever waits for a client's first addresses. */
export interface ClientWaiter {
  clientMoved(): void;
}

export interface ClientParts {
  readonly balancer: Balancer;
  readonly budget: RetryBudget;
  readonly attachment: ClientAttachment | undefined;
  readonly requeues: { add(n?: number): void };
  readonly budgetExhausted: { add(n?: number): void };
  readonly requestLimit: { add(n?: number): void };
  /** Refused requests that had nowhere else to go. */
  readonly cannotRetry: { add(n?: number): void };
  readonly requeuesPerRequest: { record(requeues: number): void };
}

const noMeta: AddrMeta = Object.freeze({});

/**
 * The client of one bound id: its balancer, fed by one observation of its addresses from the first request until it leaves the
 * cache. *pending* until there is an answer; then *ready*, also with an empty set (Neg), or *failed* while there never was one.
 * Once ready, later failures and pendings keep the last set, except a failure that is `final`.
 */
export class ClientEntry extends CacheEntry {
  readonly id: Path;
  readonly parts: ClientParts;
  /** What shows it in the metrics. */
  readonly gauges: Closable;
  readonly waiters = new Set<ClientWaiter>();
  status: "pending" | "ready" | "failed" = "pending";
  error: NamerError | undefined;
  meta: AddrMeta = noMeta;
  addrUpdates = 0;
  readonly #events: ClientEvents;
  /** The last Addr that was believed. */
  #shown: Addr = Addr.pending;
  #observation: Closable | undefined;

  constructor(key: string, id: Path, parts: ClientParts, gauges: Closable, events: ClientEvents) {
    super(key);
    this.id = id;
    this.parts = parts;
    this.gauges = gauges;
    this.#events = events;
  }

  get addr(): Addr {
    return this.#shown;
  }

  start(name: BoundName): void {
    try {
      this.#observation = name.addr.observe((addr) => this.#see(addr));
    } catch (thrown) {
      this.#see(Addr.failed(toNamerError(thrown, "BIND_THREW")));
    }
  }

  override stop(): void {
    this.#observation?.close();
    this.#observation = undefined;
  }

  override finish(): void {
    this.#events.finished(this);
  }

  #see(addr: Addr): void {
    if (this.stopped || addr.type === "pending") return;
    if (addr.type === "failed") {
      if (this.status === "ready" && !addr.error.final) return;
      this.status = "failed";
      this.error = addr.error;
      this.#show(addr, []);
    } else {
      this.status = "ready";
      this.error = undefined;
      this.#show(addr, addr.type === "bound" ? addr.addresses : []);
    }
    for (const waiter of [...this.waiters]) waiter.clientMoved();
  }

  #show(addr: Addr, addresses: readonly Address[]): void {
    if (Addr.equals(this.#shown, addr)) return;
    this.#shown = addr;
    this.meta = addr.type === "bound" ? addr.meta : noMeta;
    this.parts.balancer.update(addresses, this.#events.now());
    if (addr.type === "failed") return;
    this.addrUpdates++;
    this.#events.addressesChanged(this);
  }
}
