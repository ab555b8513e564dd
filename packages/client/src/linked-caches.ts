import {
  type Address,
  type BoundName,
  type Clock,
  type Dtab,
  type Interpreter,
  type Logger,
  type Metrics,
  messageOf,
  type NameTree,
  type Path,
} from "@namerkit/core";
import { Balancer } from "./balance/balancer.js";
import { endpointKey } from "./balance/endpoint.js";
import { strategy } from "./balance/options.js";
import { ClientEntry, type ClientEvents } from "./client-entry.js";
import { clientGauges } from "./client-metrics.js";
import type { Leaf } from "./distribution.js";
import { EntryCache } from "./entry-cache.js";
import { Failover } from "./failover.js";
import { Accrual } from "./health/accrual.js";
import { type Route, RoutedLease, type RouteOwner } from "./lease.js";
import { type BindingEvents, LiveBinding } from "./live-binding.js";
import { guarded, OwnedByPath } from "./owned.js";
import { RetryBudget } from "./retry-budget.js";
import { Standing } from "./standing.js";
import { BoundEntry, TreeEntry } from "./tree-entry.js";
import type { BindingCacheOptions, ClientAttachment, ClientTuning, Lease, ServiceAttachment } from "./types.js";

export interface LinkedCachesOptions {
  readonly interpreter: Interpreter;
  readonly dtab: Dtab;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger | undefined;
  readonly cache: BindingCacheOptions;
  readonly attachService: ((path: Path, metrics: Metrics) => ServiceAttachment | undefined) | undefined;
  readonly attachClient: ((id: Path, metrics: Metrics) => ClientAttachment | undefined) | undefined;
  readonly tuning: ((id: Path) => ClientTuning) | undefined;
  /** An alternative whose endpoints are all dead counts as absent. */
  readonly failover: boolean;
  /** The last lease or waiting request has let go of its binding. */
  readonly onQuiet: () => void;
}

/**
 * The four caches of Linkerd, linked: a name's live binding → its bound tree → one leaf of it → the client of the leaf's id.
 * Trees, leaves and clients are shared by value, so that two names that resolve alike share one balancer. Each entry remembers the
 * entry below that it used last, and asks the cache again only after that one was let go.
 */
export class LinkedCaches implements RouteOwner, BindingEvents, ClientEvents {
  readonly paths: EntryCache<LiveBinding, { readonly path: Path; readonly local: Dtab }>;
  readonly clients: EntryCache<ClientEntry, BoundEntry>;
  readonly #trees: EntryCache<TreeEntry, LiveBinding>;
  readonly #bounds: EntryCache<BoundEntry, Leaf>;
  readonly #services: OwnedByPath<ServiceAttachment | undefined>;
  readonly #owners: OwnedByPath<ClientAttachment | undefined>;
  readonly #options: LinkedCachesOptions;
  readonly #failover: Failover | undefined;
  /** Uses of bindings: leases and waiting requests. */
  #inUse = 0;
  treeUpdates = 0;
  addrUpdates = 0;

  constructor(options: LinkedCachesOptions) {
    this.#options = options;
    const { clock, metrics, log, cache } = options;
    const cacheOf = (name: string, size: number) => {
      return { size, idleTtlMs: cache.idleTtlMs, clock, metrics: metrics.scope("bindcache", name) };
    };
    this.paths = new EntryCache(cacheOf("path", cache.paths), (key, name) => this.#newBinding(key, name));
    this.#trees = new EntryCache(cacheOf("tree", cache.trees), (key, { tree }) => {
      if (tree === undefined) throw new TypeError("a binding without a tree has no distribution");
      return new TreeEntry(key, tree);
    });
    this.#bounds = new EntryCache(cacheOf("bound", cache.bounds), (key, leaf) => new BoundEntry(key, leaf.name));
    this.clients = new EntryCache(cacheOf("client", cache.clients), (key, bound) => this.#newClient(key, bound));
    this.#failover = options.failover ? new Failover({ clock, log }) : undefined;
    this.#services = new OwnedByPath(metrics.scope("service"), options.attachService, log);
    this.#owners = new OwnedByPath(metrics.scope("client"), options.attachClient, log);
  }

  get inUse(): number {
    return this.#inUse;
  }

  readonly #holder = {
    retain: (client: ClientEntry): void => this.clients.retain(client),
    drop: (client: ClientEntry): void => this.clients.drop(client, this.now()),
  };

  now(): number {
    return this.#options.clock.now();
  }

  /** The shared binding of a name, or undefined; in use until `dropBinding`. */
  holdKnown(key: string): LiveBinding | undefined {
    const binding = this.paths.peek(key);
    if (binding === undefined) return undefined;
    this.#inUse++;
    this.paths.retain(binding);
    return binding;
  }

  /** The binding of a name, made if there is none; in use until `dropBinding`. */
  hold(key: string, path: Path, local: Dtab): LiveBinding {
    const binding = this.paths.hold(key, { path, local });
    this.#inUse++;
    return binding;
  }

  dropBinding(binding: LiveBinding, now: number): void {
    this.#inUse--;
    this.paths.drop(binding, now);
    if (this.#inUse === 0) this.#options.onQuiet();
  }

  /** A leaf of the named binding, down to its client; it takes over the caller's use of the binding. Undefined: nothing there. */
  route(binding: LiveBinding, mayProbe = true): RoutedLease | undefined {
    const trees = this.#trees;
    let treeEntry = binding.lastUsed;
    if (treeEntry === undefined || treeEntry.stopped) {
      treeEntry = trees.hold(binding.treeKey, binding);
      binding.lastUsed = treeEntry;
    } else {
      trees.retain(treeEntry);
    }
    const { standing } = binding;
    const lost = standing === undefined || !mayProbe ? undefined : standing.toProbe(this.now());
    const leaf = lost ?? treeEntry.distribution.draw(this.#options.random);
    if (leaf === undefined) {
      trees.drop(treeEntry, this.now());
      return undefined;
    }
    let bound = leaf.lastUsed;
    if (bound === undefined || bound.stopped) {
      bound = this.#bounds.hold(leaf.boundKey, leaf);
      leaf.lastUsed = bound;
    } else {
      this.#bounds.retain(bound);
    }
    return new RoutedLease(this, binding, treeEntry, bound, this.#clientOf(treeEntry, bound), lost !== undefined);
  }

  refused(lease: Lease, reason: unknown): void {
    const fields = { service: lease.service.show(), client: lease.id.show(), address: endpointKey(lease.address) };
    this.#options.log?.debug(fields, `connection failed: ${messageOf(reason)}`);
  }

  succeeded({ client }: Route): void {
    this.#failover?.succeeded(client);
  }

  insteadOf({ binding }: Route): RoutedLease | undefined {
    if (binding.stopped || binding.status !== "named") return undefined;
    this.#inUse++;
    this.paths.retain(binding);
    const next = this.route(binding, false);
    if (next?.pick()) return next;
    if (next === undefined) this.dropBinding(binding, this.now());
    else next.release("ignorable");
    return undefined;
  }

  ended(route: Route, now: number): void {
    this.unroute(route, now);
    this.dropBinding(route.binding, now);
  }

  /** Lets go of everything below the binding. */
  unroute(route: Route, now: number): void {
    if (route.standby) this.#failover?.probed(route.client);
    this.clients.drop(route.client, now);
    this.#bounds.drop(route.bound, now);
    this.#trees.drop(route.treeEntry, now);
  }

  /** True while its alternatives are used instead. */
  isAway(client: ClientEntry): boolean {
    return this.#failover?.away(client.key)?.client === client;
  }

  close(): void {
    this.paths.close();
    this.#trees.close();
    this.#bounds.close();
    this.clients.close();
  }

  treeChanged(binding: LiveBinding, before: NameTree<BoundName> | undefined): void {
    if (binding.tree !== undefined) binding.standing?.treeChanged(before, binding.tree);
    this.treeUpdates++;
    this.#services.peek(binding.path)?.metrics.counter("tree_updates").add();
  }

  addressesChanged(client: ClientEntry): void {
    this.addrUpdates++;
    this.#owners.peek(client.id)?.metrics.counter("addr_updates").add();
  }

  /** Of a binding or a client: nobody uses it, and it observes nothing. */
  finished(entry: LiveBinding | ClientEntry): void {
    if (entry instanceof LiveBinding) {
      this.#services.drop(entry.path);
    } else {
      entry.gauges.close();
      this.#failover?.forget(entry);
      this.#owners.drop(entry.id);
    }
  }

  #clientOf(treeEntry: TreeEntry, bound: BoundEntry): ClientEntry {
    const known = bound.lastUsed;
    if (known !== undefined && !known.stopped) {
      this.clients.retain(known);
      return known;
    }
    try {
      const client = this.clients.hold(bound.clientKey, bound);
      bound.lastUsed = client;
      return client;
    } catch (thrown) {
      const now = this.now();
      this.#bounds.drop(bound, now);
      this.#trees.drop(treeEntry, now);
      throw thrown;
    }
  }

  #newBinding(key: string, name: { readonly path: Path; readonly local: Dtab }): LiveBinding {
    const { path, local } = name;
    const { attachment } = this.#services.hold(path);
    const standing = this.#failover === undefined ? undefined : new Standing(this.#failover, this.#holder);
    const binding = new LiveBinding(key, name, attachment, standing, this);
    const { interpreter, dtab } = this.#options;
    const whole = local.isEmpty ? dtab : dtab.concat(local);
    binding.start(() => interpreter.bind(whole, path, standing));
    return binding;
  }

  #newClient(key: string, bound: BoundEntry): ClientEntry {
    const { id } = bound.name;
    const { clock, random, log, tuning } = this.#options;
    const { attachment, metrics } = this.#owners.hold(id);
    try {
      const { loadBalancer, failureAccrual, failFast, requeueBudget } = tuning?.(id) ?? {};
      const budget = new RetryBudget(clock, requeueBudget);
      const accrual = new Accrual({ failureAccrual, failFast }, { label: key.slice(1), random, metrics, log });
      const balancer = new Balancer({
        strategy: strategy(loadBalancer, random),
        accrual,
        random,
        closed: (address: Address) => {
          if (attachment?.endpointClosed !== undefined) guarded(log, () => attachment.endpointClosed?.(address));
        },
        allDead: (is) => this.#failover?.allDead(client, is),
      });
      const retries = metrics.scope("retries");
      const parts = {
        balancer,
        budget,
        attachment,
        requeues: retries.counter("requeues"),
        budgetExhausted: retries.counter("budget_exhausted"),
        requestLimit: retries.counter("request_limit"),
        cannotRetry: retries.counter("cannot_retry"),
        requeuesPerRequest: retries.histogram("requeues_per_request"),
      };
      const client: ClientEntry = new ClientEntry(key, id, parts, clientGauges(metrics, clock, balancer, budget), this);
      client.start(bound.name);
      return client;
    } catch (thrown) {
      this.#owners.drop(id);
      throw thrown;
    }
  }
}
