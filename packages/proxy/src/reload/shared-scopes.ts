import type { Clock, Closable, MemoryMetrics, Metrics } from "@namerkit/core";

/** Long enough for the next request of most names; until then their series go on where they were. */
const keptMs = 600_000;

/** Metrics that several have together. */
export interface SharedMetrics extends Metrics {
  histogram(name: string): ReturnType<MemoryMetrics["histogram"]>;
  scope(...names: string[]): SharedMetrics;
}

/** Metrics of one generation. */
export interface Tenancy {
  readonly metrics: SharedMetrics;
  /** From now on it only finishes: what it forgets stays for a while, for its successor to go on with. */
  retire(): void;
  /** Nothing is held any more. */
  leave(): void;
}

/**
 * One registry for generations that live side by side under the same names. Counters are the same for all of them; a scope is
 * forgotten only when none of them uses it, and where a reload is the reason, only after ten minutes.
 */
export class SharedScopes implements Closable {
  readonly #metrics: MemoryMetrics;
  readonly #clock: Clock;
  readonly #tenants = new Set<Tenant>();
  /** What retired generations have forgotten, by when, the oldest first. */
  readonly #left = new Map<string, { readonly scope: Scope; readonly until: number }>();
  #timer: Closable | undefined;
  #closed = false;

  constructor(metrics: MemoryMetrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  tenancy(): Tenancy {
    const tenant: Tenant = new Tenant(this.#metrics, (scope) => this.#forget(scope, tenant.retired));
    this.#tenants.add(tenant);
    return {
      metrics: tenant.root,
      retire: () => {
        tenant.retired = true;
      },
      leave: () => this.#tenants.delete(tenant),
    };
  }

  close(): void {
    this.#closed = true;
    this.#timer?.close();
    this.#timer = undefined;
    this.#left.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #forget(scope: Scope, later: boolean): void {
    if (this.#used(scope.path)) return;
    if (!later) {
      scope.real.remove();
      return;
    }
    if (this.#closed) return;
    const key = scope.path.join("\0");
    this.#left.delete(key);
    this.#left.set(key, { scope, until: this.#clock.now() + keptMs });
    this.#timer ??= this.#clock.after(keptMs, this.#sweep);
  }

  #used(path: readonly string[]): boolean {
    for (const { root } of this.#tenants) if (root.has(path)) return true;
    return false;
  }

  readonly #sweep = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const [key, { scope, until }] of this.#left) {
      if (until > now) {
        this.#timer = this.#clock.after(until - now, this.#sweep);
        return;
      }
      this.#left.delete(key);
      if (!this.#used(scope.path)) scope.real.remove();
    }
  };
}

class Tenant {
  readonly root: Scope;
  retired = false;

  constructor(metrics: MemoryMetrics, forget: (scope: Scope) => void) {
    this.root = new Scope(metrics, [], undefined, forget);
  }
}

/** Remembers which scopes have been taken through it. */
class Scope implements SharedMetrics {
  readonly real: MemoryMetrics;
  readonly path: readonly string[];
  readonly #siblings: Map<string, Scope> | undefined;
  readonly #forget: (scope: Scope) => void;
  readonly #children = new Map<string, Scope>();

  constructor(real: MemoryMetrics, path: readonly string[], parent: Scope | undefined, forget: (scope: Scope) => void) {
    this.real = real;
    this.path = path;
    this.#siblings = parent === undefined ? undefined : parent.#children;
    this.#forget = forget;
  }

  counter(name: string): { add(n?: number): void } {
    return this.real.counter(name);
  }
  gauge(name: string, read: () => number): Closable {
    return this.real.gauge(name, read);
  }
  histogram(name: string): ReturnType<MemoryMetrics["histogram"]> {
    return this.real.histogram(name);
  }

  scope(...names: string[]): Scope {
    let at: Scope = this;
    for (const name of names) at = at.#child(name);
    return at;
  }

  remove(): void {
    const name = this.path.at(-1);
    // Not a newer one of the same name.
    const siblings = this.#siblings;
    if (name === undefined || siblings?.get(name) !== this) return;
    siblings.delete(name);
    this.#forget(this);
  }

  has(path: readonly string[]): boolean {
    let at: Scope | undefined = this;
    for (const name of path) {
      at = at.#children.get(name);
      if (at === undefined) return false;
    }
    return true;
  }

  #child(name: string): Scope {
    let found = this.#children.get(name);
    if (found === undefined) {
      found = new Scope(this.real.scope(name), [...this.path, name], this, this.#forget);
      this.#children.set(name, found);
    }
    return found;
  }
}
