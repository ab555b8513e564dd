import { type Closable, type NamerError, toNamerError } from "@namerkit/core";
import type { ClientWaiter } from "./client-entry.js";
import {
  aborted,
  addressesFailed,
  bindFailed,
  type FailureContext,
  noEndpoints,
  noRoute,
  timedOut,
} from "./failures.js";
import type { RoutedLease } from "./lease.js";
import type { LinkedCaches } from "./linked-caches.js";
import type { BindingWaiter, LiveBinding } from "./live-binding.js";

export interface WaitingEvents {
  granted(waiting: Waiting, lease: RoutedLease): void;
  refused(waiting: Waiting, error: NamerError): void;
}

/**
 * A request on its way to a lease, for as long as that takes: first for the name's tree, then for the addresses of the leaf that
 * was drawn. It is asked again whenever one of the two moves. However it ends, it leaves no listener, timer or use behind.
 */
export class Waiting implements BindingWaiter, ClientWaiter {
  readonly binding: LiveBinding;
  readonly #caches: LinkedCaches;
  readonly #context: FailureContext;
  readonly #events: WaitingEvents;
  /** Holds the use of the binding once there is one. */
  #route: RoutedLease | undefined;
  #timer: Closable | undefined;
  #signal: AbortSignal | undefined;
  #ended = false;

  /** Takes over one use of the binding. */
  constructor(caches: LinkedCaches, binding: LiveBinding, context: FailureContext, events: WaitingEvents) {
    this.#caches = caches;
    this.binding = binding;
    this.#context = context;
    this.#events = events;
  }

  /** Tries at once; true when that settled it. Otherwise `wait` has to follow. */
  tryNow(): boolean {
    this.bindingMoved();
    return this.#ended;
  }

  /** Listens until it is granted, refused, aborted or out of time. */
  wait(after: (ms: number, fn: () => void) => Closable, signal: AbortSignal | undefined): void {
    this.#timer = after(this.#context.bindingTimeoutMs, () => {
      this.refuse(timedOut(this.binding, this.#route?.client, this.#context));
    });
    this.binding.waiters.add(this);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The tree is another one, or failed: what was drawn from the old one is let go, after the new one is held. */
  bindingMoved(): void {
    if (this.#ended) return;
    const { binding } = this;
    if (binding.status === "pending") return;
    if (binding.status === "failed") {
      this.refuse(bindFailed(binding));
      return;
    }
    const before = this.#route;
    let next: RoutedLease | undefined;
    try {
      next = this.#caches.route(binding);
    } catch (thrown) {
      this.refuse(toNamerError(thrown, "CLIENT_BIND_FAILED"));
      return;
    }
    if (next === undefined) {
      this.refuse(noRoute(binding));
      return;
    }
    this.#route = next;
    if (before !== undefined) {
      before.client.waiters.delete(this);
      this.#caches.unroute(before, this.#caches.now());
    }
    if (next.client.status === "pending") next.client.waiters.add(this);
    else this.clientMoved();
  }

  clientMoved(): void {
    const route = this.#route;
    if (this.#ended || route === undefined || route.client.status === "pending") return;
    if (route.client.status === "failed") {
      this.refuse(addressesFailed(this.binding, route.client));
    } else if (route.pick()) {
      this.#end();
      this.#events.granted(this, route);
    } else {
      this.refuse(noEndpoints(this.binding, route.client, this.#context));
    }
  }

  refuse(error: NamerError): void {
    if (this.#ended) return;
    this.#end();
    const now = this.#caches.now();
    if (this.#route !== undefined) this.#caches.unroute(this.#route, now);
    this.#caches.dropBinding(this.binding, now);
    this.#events.refused(this, error);
  }

  readonly #abort = (): void => this.refuse(aborted(this.binding.path, this.#signal?.reason));

  #end(): void {
    this.#ended = true;
    this.#timer?.close();
    this.#signal?.removeEventListener("abort", this.#abort);
    this.binding.waiters.delete(this);
    this.#route?.client.waiters.delete(this);
  }
}
