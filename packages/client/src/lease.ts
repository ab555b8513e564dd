import type { Address, AddrMeta, BoundName, NameTree, Path } from "@namerkit/core";
import type { Endpoint, Use } from "./balance/endpoint.js";
import type { ClientEntry } from "./client-entry.js";
import type { LiveBinding } from "./live-binding.js";
import type { BoundEntry, TreeEntry } from "./tree-entry.js";
import type { ClientAttachment, Lease, Outcome, ServiceAttachment } from "./types.js";

/** The entries of the four caches that one request uses. */
export interface Route {
  readonly binding: LiveBinding;
  readonly treeEntry: TreeEntry;
  readonly bound: BoundEntry;
  readonly client: ClientEntry;
  /** It leads to an alternative that is away, to see whether that lives. */
  readonly standby: boolean;
}

/** Who counts the uses of a route. */
export interface RouteOwner {
  /** The clock's time. */
  now(): number;
  /** A connection to the lease's address failed before anything was sent. */
  refused(lease: Lease, reason: unknown): void;
  /** A request to the route's client has succeeded. */
  succeeded(route: Route): void;
  /** A lease on the route of the same binding that is no probe, and has picked; undefined: there is none. */
  insteadOf(route: Route): RoutedLease | undefined;
  /** A lease on the route has ended for good. */
  ended(route: Route, now: number): void;
}

/**
 * A route with the endpoint that was picked on it. One object per request: the public lease, the caches' books and the balancer's.
 * Between `routed` and `pick` it is a route alone, as a waiting request holds it.
 */
export class RoutedLease implements Lease, Route, Use {
  readonly binding: LiveBinding;
  readonly treeEntry: TreeEntry;
  readonly bound: BoundEntry;
  readonly client: ClientEntry;
  readonly standby: boolean;
  readonly #owner: RouteOwner;
  /** The balancer's. */
  endpoint: Endpoint | undefined;
  startedAt = 0;
  deaths = 0;
  probe = false;
  /** Those that this request was refused by. */
  #refusedBy: readonly Endpoint[] = none;
  #judged: Outcome | undefined;
  #ended = false;

  /** Takes over one use of each entry. */
  constructor(
    owner: RouteOwner,
    binding: LiveBinding,
    treeEntry: TreeEntry,
    bound: BoundEntry,
    client: ClientEntry,
    standby: boolean,
  ) {
    this.#owner = owner;
    this.binding = binding;
    this.treeEntry = treeEntry;
    this.bound = bound;
    this.client = client;
    this.standby = standby;
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
    return (this.endpoint as Endpoint).address;
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
    const { balancer } = this.client.parts;
    const now = balancer.timed ? this.#owner.now() : 0;
    const endpoint = balancer.pick(now);
    if (endpoint === undefined) return false;
    balancer.start(this, endpoint, now);
    return true;
  }

  another(reason: unknown): Lease | undefined {
    if (this.#ended) return undefined;
    const now = this.#owner.now();
    const { balancer } = this.client.parts;
    const refused = this.endpoint as Endpoint;
    this.#judged = "failure";
    balancer.judge(this, "refused", now);
    this.#owner.refused(this, reason);
    const next = this.#elsewhere([...this.#refusedBy, refused], now);
    if (next === undefined) {
      this.release("failure");
      return undefined;
    }
    this.#ended = true;
    balancer.end(this, now);
    // Unless the next lease has taken over the route.
    if (this.standby) this.#owner.ended(this, now);
    return next;
  }

  answered(outcome: Outcome): void {
    if (!this.#ended && this.#judged === undefined) this.#judge(outcome, this.#owner.now());
  }

  release(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const now = this.#owner.now();
    const { balancer, budget, requeuesPerRequest } = this.client.parts;
    if (this.endpoint !== undefined) {
      // One that went well so far, and failed in the end, has failed.
      if (this.#judged === undefined || (this.#judged !== "failure" && outcome === "failure"))
        this.#judge(outcome, now);
      balancer.end(this, now);
      requeuesPerRequest.record(this.#refusedBy.length);
    }
    if (outcome === "success") budget.deposit(now);
    this.#owner.ended(this, now);
  }

  #judge(outcome: Outcome, now: number): void {
    this.client.parts.balancer.judge(this, outcome, now, this.#judged === undefined);
    this.#judged = outcome;
    if (outcome === "success") this.#owner.succeeded(this);
  }

  /** Where a refused request can still go, having asked the budget. */
  #elsewhere(refusedBy: readonly Endpoint[], now: number): RoutedLease | undefined {
    const { balancer, cannotRetry } = this.client.parts;
    if (this.standby) return this.#mayRequeue(refusedBy.length) ? this.#owner.insteadOf(this) : undefined;
    const other = this.client.stopped ? undefined : balancer.pickOther(refusedBy, now);
    if (other === undefined) cannotRetry.add();
    if (other === undefined || !this.#mayRequeue(refusedBy.length)) return undefined;
    const next = new RoutedLease(this.#owner, this.binding, this.treeEntry, this.bound, this.client, false);
    next.#refusedBy = refusedBy;
    balancer.start(next, other, now);
    return next;
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
}

const none: readonly Endpoint[] = [];
