import { type Clock, type Dtab, messageOf, type Path, toNamerError } from "@namerkit/core";
import { endpointKey } from "./balance/endpoint.js";
import { aborted, closedClient, type FailureContext, tooManyWaiting } from "./failures.js";
import type { RoutedLease } from "./lease.js";
import { LinkedCaches } from "./linked-caches.js";
import type { LiveBinding } from "./live-binding.js";
import { type CheckedOptions, checkOptions } from "./options.js";
import type {
  AcquireOptions,
  ClientAttachment,
  ClientState,
  Lease,
  NameClient,
  NameClientOptions,
  ServiceAttachment,
  UpdateCounts,
} from "./types.js";
import { Waiting } from "./waiting.js";

type AnyService = ServiceAttachment | undefined;
type AnyClient = ClientAttachment | undefined;

/**
 * Names in, endpoints out: binds the names that requests ask for, keeps them bound while they are used, and picks an endpoint for
 * each request. Starts nothing before the first request. Throws CLIENT_OPTIONS.
 */
export function createNameClient<S extends AnyService = undefined, C extends AnyClient = undefined>(
  options: NameClientOptions<S, C>,
): NameClient<S, C> {
  // Attachments travel through the caches untyped; they come back out as what these very options made.
  return new CachedNameClient(options as NameClientOptions<AnyService, AnyClient>) as NameClient<
    AnyService,
    AnyClient
  > as NameClient<S, C>;
}

class CachedNameClient implements NameClient {
  readonly #caches: LinkedCaches;
  readonly #clock: Clock;
  readonly #limits: CheckedOptions;
  readonly #context: FailureContext;
  readonly #waiting = new Set<Waiting>();
  #whenDrained: (() => void)[] = [];
  #closed = false;

  constructor(options: NameClientOptions<AnyService, AnyClient>) {
    const { interpreter, dtab, clock, random, metrics, log, attachService, attachClient, statusOf, tuning } = options;
    const failover = options.failover === "unavailable";
    this.#limits = checkOptions(options);
    this.#clock = clock;
    this.#context = { dtab, bindingTimeoutMs: this.#limits.bindingTimeoutMs, statusOf };
    const { cache } = this.#limits;
    const onQuiet = () => this.#settleDrained();
    const given = { interpreter, dtab, clock, random, metrics, log, attachService, attachClient, tuning, failover };
    this.#caches = new LinkedCaches({ ...given, cache, onQuiet });
  }

  tryAcquire(path: Path, local: Dtab): Lease | undefined {
    if (this.#closed) return undefined;
    const caches = this.#caches;
    const binding = caches.holdKnown(nameKey(path, local));
    if (binding === undefined) return undefined;
    let lease: RoutedLease | undefined;
    try {
      if (binding.status === "named") lease = caches.route(binding);
    } catch {
      // `acquire`, which comes next, meets the same error and says so.
    }
    if (lease?.pick()) return lease;
    if (lease === undefined) caches.dropBinding(binding, caches.now());
    else lease.release("ignorable");
    return undefined;
  }

  acquire(path: Path, local: Dtab, options: AcquireOptions = {}): Promise<Lease> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closedClient(path);
      if (signal?.aborted) throw aborted(path, signal.reason);
      const binding = this.#hold(path, local);
      const waiting: Waiting = new Waiting(this.#caches, binding, this.#context, {
        granted: (self, lease) => {
          this.#waiting.delete(self);
          resolve(lease);
        },
        refused: (self, error) => {
          this.#waiting.delete(self);
          reject(error);
        },
      });
      if (waiting.tryNow()) return;
      const over = this.#limitReached(binding.waiters.size);
      if (over === undefined) {
        this.#waiting.add(waiting);
        waiting.wait((ms, fn) => this.#clock.after(ms, fn), signal);
      } else {
        waiting.refuse(tooManyWaiting(path, over));
      }
    });
  }

  state(): Readonly<Record<string, ClientState>> {
    const state: Record<string, ClientState> = {};
    for (const client of this.#caches.clients.values()) {
      const { addr } = client;
      const { addresses, endpoints } = client.parts.balancer;
      const dead = endpoints.filter((endpoint) => endpoint.dead).map((endpoint) => endpoint.key);
      state[client.key] = {
        state: addr.type === "failed" ? `Failed: ${messageOf(addr.error)}` : addr.type,
        addresses: addresses.map(endpointKey).sort(),
        ...(dead.length === 0 ? {} : { dead: dead.sort() }),
        ...(this.#caches.isAway(client) ? { away: true } : {}),
      };
    }
    return state;
  }

  updates(): UpdateCounts {
    const { treeUpdates, addrUpdates, paths, clients } = this.#caches;
    const trees: Record<string, number> = {};
    for (const { path, treeUpdates: count } of paths.values()) trees[path.show()] = (trees[path.show()] ?? 0) + count;
    const addrs: Record<string, number> = {};
    for (const { key, addrUpdates: count } of clients.values()) addrs[key] = count;
    return { treeUpdates, addrUpdates, trees, addrs };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiting of [...this.#waiting]) waiting.refuse(closedClient(waiting.binding.path));
    this.#caches.close();
    this.#settleDrained();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDrained.push(resolve);
      this.#settleDrained();
    });
  }

  #hold(path: Path, local: Dtab): LiveBinding {
    try {
      return this.#caches.hold(nameKey(path, local), path, local);
    } catch (thrown) {
      throw toNamerError(thrown, "CLIENT_BIND_FAILED");
    }
  }

  #limitReached(waitingForName: number): number | undefined {
    const { maxWaiting, maxWaitingPerName } = this.#limits;
    if (waitingForName >= maxWaitingPerName) return maxWaitingPerName;
    return this.#waiting.size >= maxWaiting ? maxWaiting : undefined;
  }

  #settleDrained(): void {
    if (!this.#closed || this.#caches.inUse > 0) return;
    const all = this.#whenDrained;
    this.#whenDrained = [];
    for (const resolve of all) resolve();
  }
}

/** The base dtab is the same for all. A shown path has no space, and the shown dtab of most requests is not asked for. Weights count in full. */
function nameKey(path: Path, local: Dtab): string {
  return local.isEmpty ? path.show() : `${path.show()} ${local.showExact()}`;
}
