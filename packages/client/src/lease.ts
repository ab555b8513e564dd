import type { Address, AddrMeta, BoundName, NameTree, Path } from "@namerkit/core";
import type { ClientEntry } from "./client-entry.js";
import type { Endpoint } from "./endpoint.js";
import type { LiveBinding } from "./live-binding.js";
import type { BoundEntry, TreeEntry } from "./tree-entry.js";
import type { ClientAttachment, Lease, Outcome, ServiceAttachment } from "./types.js";

/** The entries of the four caches that one request uses. */
export interface Route {
  readonly binding: LiveBinding;
  readonly treeEntry: TreeEntry;
  readonly bound: BoundEntry;
  readonly client: ClientEntry;
}

/** Who counts the uses of a route. */
export interface RouteOwner {
  /** The clock's time. */
  now(): number;
  /** A connection to the lease's address failed before anything was sent. */
  refused(lease: Lease, reason: unknown): void;
  /** A lease on the route has ended for good. */
  ended(route: Route, now: number): void;
}

/**
 * A route with the endpoint that was picked on it. One object per request: the public lease and the caches' books at once.
 * Between `routed` and `pick` it is a route alone, as a waiting request holds it.
 */
export class RoutedLease implements Lease, Route {
  readonly binding: LiveBinding;
  readonly treeEntry: TreeEntry;
  readonly bound: BoundEntry;
  readonly client: ClientEntry;
  readonly #owner: RouteOwner;
  #endpoint: Endpoint | undefined;
  /** Those that this request was refused by. */
  #refusedBy: readonly Endpoint[] = none;
  #ended = false;

  /** Takes over one use of each entry. */
  constructor(owner: RouteOwner, binding: LiveBinding, treeEntry: TreeEntry, bound: BoundEntry, client: ClientEntry) {
    this.#owner = owner;
    this.binding = binding;
    this.treeEntry = treeEntry;
    this.bound = bound;
    this.client = client;
  }

  get id(): Path {
    return this.bound.name.id;
  }

  get residual(): Path {
    return this.bound.name.residual;
  }

  get service(): Path {
    return this.binding.path;
  }

  get tree(): NameTree<BoundName> {
    return this.treeEntry.tree;
  }

  get address(): Address {
    return (this.#endpoint as Endpoint).address;
  }

  get addrMeta(): AddrMeta {
    return this.client.meta;
  }

  get addresses(): readonly Address[] {
    return this.client.parts.balancer.addresses;
  }

  get serviceAttachment(): ServiceAttachment | undefined {
    return this.binding.attachment;
  }

  get clientAttachment(): ClientAttachment | undefined {
    return this.client.parts.attachment;
  }

  /** Picks an endpoint; false when the client has none to offer. */
  pick(): boolean {
    if (this.client.status !== "ready") return false;
    return this.#use(this.client.parts.balancer.pick());
  }

  another(reason: unknown): Lease | undefined {
    if (this.#ended) return undefined;
    const { balancer } = this.client.parts;
    const refused = this.#endpoint as Endpoint;
    const refusedBy = [...this.#refusedBy, refused];
    balancer.busy(refused);
    this.#owner.refused(this, reason);
    const other = this.client.stopped ? undefined : balancer.pickOther(refusedBy);
    if (other === undefined || !this.#mayRequeue(refusedBy.length)) {
      this.release("failure");
      return undefined;
    }
    this.#ended = true;
    balancer.end(refused);
    const next = new RoutedLease(this.#owner, this.binding, this.treeEntry, this.bound, this.client);
    next.#refusedBy = refusedBy;
    next.#use(other);
    return next;
  }

  release(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const now = this.#owner.now();
    const { balancer, budget } = this.client.parts;
    if (this.#endpoint !== undefined) balancer.end(this.#endpoint);
    if (outcome === "success") budget.deposit(now);
    this.#owner.ended(this, now);
  }

  /** Takes the `nth` requeue of this request out of the client's budget, if that allows it. */
  #mayRequeue(nth: number): boolean {
    const { budget, requeues, budgetExhausted, requestLimit } = this.client.parts;
    if (budget.balance() < 1) budgetExhausted.add();
    else if (nth > budget.perRequest()) requestLimit.add();
    else if (budget.withdraw()) {
      requeues.add();
      return true;
    }
    return false;
  }

  #use(endpoint: Endpoint | undefined): boolean {
    if (endpoint === undefined) return false;
    this.#endpoint = endpoint;
    this.client.parts.balancer.start(endpoint);
    return true;
  }
}

const none: readonly Endpoint[] = [];
