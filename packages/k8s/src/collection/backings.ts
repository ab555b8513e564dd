import type { Clock, Closable, NamerError } from "@namerkit/core";
import { HttpFailure } from "@namerkit/watch";
import type { Backing } from "../objects/backing.js";
import type { Observer } from "./collection.js";
import type { Scoped } from "./scope.js";

/** So long an API that has no EndpointSlices is not asked for them again. */
const ASK_AGAIN_MS = 600_000;

/**
 * What backs a service: its EndpointSlices, or where the API has none (404) or the account may not read them (403), its Endpoints. Rights
 * may come at any time, so the slices are still asked for while Endpoints are used in their place.
 */
export class Backings {
  readonly #slices: Scoped<Backing>;
  readonly #endpoints: Scoped<Backing>;
  readonly #clock: Pick<Clock, "now">;
  /** Until when there are no slices; it is the same for all namespaces. */
  #withoutUntil = Number.NEGATIVE_INFINITY;

  constructor(slices: Scoped<Backing>, endpoints: Scoped<Backing>, clock: Pick<Clock, "now">) {
    this.#slices = slices;
    this.#endpoints = endpoints;
    this.#clock = clock;
  }

  /** As `Scoped.observe`. */
  observe(namespace: string, service: string, observer: Observer<Backing>, known?: NamerError): Closable {
    const choice = new BackingChoice(observer, known, {
      slices: (told) => this.#slices.observe(namespace, service, told),
      endpoints: (told) => this.#endpoints.observe(namespace, service, told),
      noSuchApi: () => {
        this.#withoutUntil = this.#clock.now() + ASK_AGAIN_MS;
      },
    });
    choice.begin(this.#clock.now() < this.#withoutUntil);
    return choice;
  }
}

interface Sources {
  slices(observer: Observer<Backing>): Closable;
  endpoints(observer: Observer<Backing>): Closable;
  /** The API has no EndpointSlices, and Endpoints have been had. */
  noSuchApi(): void;
}

/** The choice for one observer. */
class BackingChoice implements Closable {
  readonly #observer: Observer<Backing>;
  readonly #sources: Sources;
  /** What the observer has heard of already. */
  readonly #known: NamerError | undefined;
  #slices: Closable | undefined;
  #endpoints: Closable | undefined;
  /** Why there are no slices: what is to be mended if there are no Endpoints either. */
  #why: NamerError | undefined;
  #open = true;

  constructor(observer: Observer<Backing>, known: NamerError | undefined, sources: Sources) {
    this.#observer = observer;
    this.#known = known;
    this.#sources = sources;
  }

  begin(withoutSlices: boolean): void {
    if (withoutSlices) this.#useEndpoints();
    else this.#slices = this.#sources.slices(this.#fromSlices());
  }

  close(): void {
    this.#open = false;
    this.#slices?.close();
    this.#endpoints?.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #fromSlices(): Observer<Backing> {
    const observer = this.#observer;
    return {
      changed: (items) => {
        this.#why = undefined;
        this.#endpoints?.close();
        this.#endpoints = undefined;
        observer.changed(items);
      },
      failed: (error) => {
        if (isUnavailable(error)) {
          this.#why = error;
          // Not from within the observing, of which nothing has been returned yet.
          queueMicrotask(() => this.#useEndpoints());
        } else if (this.#why === undefined) this.#fail(error);
      },
      alive: () => this.#why === undefined && observer.alive(),
      request: (text) => this.#why === undefined && observer.request(text),
      count: (name, n) => observer.count(name, n),
    };
  }

  #fail(error: NamerError): void {
    if (error !== this.#known) this.#observer.failed(error);
  }

  #useEndpoints(): void {
    if (!this.#open || this.#endpoints !== undefined) return;
    // Rights for slices may have come in between.
    if (this.#slices !== undefined && this.#why === undefined) return;
    const observer = this.#observer;
    this.#endpoints = this.#sources.endpoints({
      changed: (items) => {
        if (statusOf(this.#why) === 404) {
          this.#slices?.close();
          this.#sources.noSuchApi();
        }
        observer.changed(items);
      },
      failed: (error) => this.#fail(isUnavailable(error) ? (this.#why ?? error) : error),
      alive: () => observer.alive(),
      request: (text) => observer.request(text),
      count: (name, n) => observer.count(name, n),
    });
  }
}

/** There is no such resource, or none for us. */
function isUnavailable(error: NamerError): boolean {
  const status = statusOf(error);
  return status === 403 || status === 404;
}

function statusOf(error: NamerError | undefined): number | undefined {
  return error instanceof HttpFailure ? error.status : undefined;
}
