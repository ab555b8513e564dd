import type { Clock, Closable, NamerError } from "@namerkit/core";
import type { Collection, Observer } from "./collection.js";

/** How much is watched by one stream. */
export const scopes = ["service", "namespace", "cluster"] as const;
export type Scope = (typeof scopes)[number];

/** So many services of a namespace are watched one by one before the namespace is watched as a whole, and so many namespaces before the cluster is. */
const MANY = 4;
/** After the API has refused to tell so much at once, it is asked again. */
const ASK_AGAIN_MS = 600_000;

export interface ScopedSpec<T> {
  /** The narrowest that may be used, or "auto": as wide as what is observed makes sensible, and the API allows. */
  readonly scope: Scope | "auto";
  /** The collection for a scope; what does not matter for it is left out. */
  collection(scope: Scope, namespace: string, service: string): Collection<T>;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Finds the collection that tells of a service. With "auto" services are watched one by one while they are few, which needs little
 * memory and the least rights; then by namespace; then all at once. A name moves to the wider collection when that has told what it
 * knows, and only then leaves the narrower one.
 */
export class Scoped<T> {
  readonly #spec: ScopedSpec<T>;
  /** Observed services of each namespace, with how many observers. */
  readonly #observed = new Map<string, Map<string, number>>();
  /** Until when a wider scope is not to be tried: it was refused. By namespace, or empty for the cluster. */
  readonly #refused = new Map<string, number>();
  readonly #observations = new Set<Observation<T>>();

  constructor(spec: ScopedSpec<T>) {
    this.#spec = spec;
  }

  /** As `Collection.observe`, of the group `<namespace>/<service>`. */
  observe(namespace: string, service: string, observer: Observer<T>, known?: NamerError): Closable {
    const leave = this.#enter(namespace, service);
    const observation = new Observation(this, { namespace, service, observer });
    this.#observations.add(observation);
    observation.begin(this.wanted(namespace), known);
    this.#widen();
    const close = (): void => {
      if (!this.#observations.delete(observation)) return;
      observation.close();
      leave();
    };
    return { close, [Symbol.dispose]: close };
  }

  collection(scope: Scope, namespace: string, service: string): Collection<T> {
    return this.#spec.collection(scope, namespace, service);
  }

  /** What a new observer of a namespace is to be given. */
  wanted(namespace: string): Scope {
    const { scope } = this.#spec;
    if (scope !== "auto") return scope;
    if (this.#many() && this.#mayTry("")) return "cluster";
    const services = this.#observed.get(namespace)?.size ?? 0;
    return services > MANY && this.#mayTry(namespace) ? "namespace" : "service";
  }

  /** The API does not allow this scope. Undefined: nothing narrower may be used. */
  refused(scope: Scope, namespace: string): Scope | undefined {
    if (this.#spec.scope !== "auto" || scope === "service") return undefined;
    this.#refused.set(scope === "cluster" ? "" : namespace, this.#spec.clock.now() + ASK_AGAIN_MS);
    return this.wanted(namespace);
  }

  #widen(): void {
    if (this.#spec.scope !== "auto") return;
    for (const one of this.#observations) one.move(this.wanted(one.namespace));
  }

  #many(): boolean {
    let crowded = 0;
    for (const services of this.#observed.values()) if (services.size > MANY) crowded++;
    return crowded > MANY || this.#observed.size > 2 * MANY;
  }

  #mayTry(what: string): boolean {
    const until = this.#refused.get(what);
    if (until === undefined) return true;
    if (this.#spec.clock.now() < until) return false;
    this.#refused.delete(what);
    return true;
  }

  #enter(namespace: string, service: string): () => void {
    let services = this.#observed.get(namespace);
    if (services === undefined) {
      services = new Map();
      this.#observed.set(namespace, services);
    }
    services.set(service, (services.get(service) ?? 0) + 1);
    return () => {
      const left = (services.get(service) ?? 1) - 1;
      if (left > 0) services.set(service, left);
      else services.delete(service);
      if (services.size === 0 && this.#observed.get(namespace) === services) this.#observed.delete(namespace);
    };
  }
}

/** A collection that is observed for somebody. */
class Place implements Closable {
  readonly scope: Scope;
  closing: Closable | undefined;
  over = false;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  close(): void {
    this.over = true;
    this.closing?.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** One observer, on its way from narrow to wide. */
class Observation<T> {
  readonly namespace: string;
  readonly #service: string;
  readonly #observer: Observer<T>;
  readonly #scoped: Scoped<T>;
  #current: Place | undefined;
  /** Where it moves to, once that has told something. */
  #next: Place | undefined;

  constructor(scoped: Scoped<T>, { namespace, service, observer }: Observed<T>) {
    this.#scoped = scoped;
    this.namespace = namespace;
    this.#service = service;
    this.#observer = observer;
  }

  begin(scope: Scope, known?: NamerError): void {
    const place = new Place(scope);
    this.#current = place;
    this.#open(place, known);
  }

  /** Only ever to where more is known. */
  move(scope: Scope): void {
    if (this.#current === undefined || width(scope) <= width((this.#next ?? this.#current).scope)) return;
    this.#next?.close();
    const place = new Place(scope);
    this.#next = place;
    this.#open(place);
  }

  close(): void {
    this.#current?.close();
    this.#next?.close();
    this.#current = undefined;
    this.#next = undefined;
  }

  #open(place: Place, known?: NamerError): void {
    const observer = this.#observer;
    const collection = this.#scoped.collection(place.scope, this.namespace, this.#service);
    const told: Observer<T> = {
      changed: (items) => {
        if (place.over) return;
        if (place === this.#next) this.#arrived(place);
        observer.changed(items);
      },
      failed: (error) => this.#failed(place, error),
      alive: () => place === this.#current && observer.alive(),
      request: (text) => place === this.#current && observer.request(text),
      count: (name, n) => observer.count(name, n),
    };
    place.closing = collection.observe(`${this.namespace}/${this.#service}`, told, known);
    // It may have been told at once that it is of no use.
    if (place.over) place.closing.close();
  }

  #arrived(place: Place): void {
    this.#current?.close();
    this.#current = place;
    this.#next = undefined;
  }

  #failed(place: Place, error: NamerError): void {
    if (place.over) return;
    const refused = isRefusal(error);
    const instead = refused ? this.#scoped.refused(place.scope, this.namespace) : undefined;
    if (place === this.#next) {
      // As long as it has another place nothing is lost; and the collection goes on trying by itself.
      if (refused) {
        this.#next = undefined;
        place.close();
      }
    } else if (instead === undefined || instead === place.scope) this.#observer.failed(error);
    else {
      place.close();
      this.begin(instead);
    }
  }
}

interface Observed<T> {
  readonly namespace: string;
  readonly service: string;
  readonly observer: Observer<T>;
}

const width = (scope: Scope | undefined): number => (scope === undefined ? -1 : scopes.indexOf(scope));

/** 403: this is more than the account may read. */
function isRefusal(error: NamerError): boolean {
  return error.code === "NAMER_REFUSED";
}
