import {
  type Address,
  address,
  type Namer,
  type NamerError,
  type PluginEnv,
  type WatchContext,
  watchAll,
} from "@namerkit/core";
import type { Backend, Endpoint, Subject } from "../src/scenarios.js";

export type Services = ReadonlyMap<string, readonly Endpoint[]>;

/** A catalogue in memory that tells whoever watches it of each change. */
export class MemoryBackend implements Backend {
  #services: Services = new Map();
  #error: NamerError | undefined;
  #wake = new Set<() => void>();
  #watches = 0;

  put(service: string, endpoints: readonly Endpoint[]): void {
    this.#services = new Map([...this.#services, [service, endpoints]]);
    this.#changed();
  }
  remove(service: string): void {
    this.#services = new Map([...this.#services].filter(([name]) => name !== service));
    this.#changed();
  }
  touch(): void {
    this.#services = new Map(
      [...this.#services].reverse().map(([name, endpoints]) => [name, [...endpoints].reverse()]),
    );
    this.#changed();
  }
  addOdd(service: string): void {
    this.put(service, [...(this.#services.get(service) ?? []), { ip: "", port: 80 }]);
  }
  watches(): number {
    return this.#watches;
  }
  break(error: NamerError): void {
    this.#error = error;
    this.#changed();
  }
  heal(): void {
    this.#error = undefined;
    this.#changed();
  }
  close(): void {}

  async *watch(signal: AbortSignal): AsyncGenerator<Services> {
    this.#watches++;
    signal.addEventListener("abort", () => this.#changed(), { once: true });
    try {
      for (let known: Services | undefined; !signal.aborted; ) {
        if (this.#error !== undefined) throw this.#error;
        if (known === this.#services) await new Promise<void>((resolve) => this.#wake.add(resolve));
        else {
          known = this.#services;
          yield known;
        }
      }
    } finally {
      this.#watches--;
    }
  }

  #changed(): void {
    const waiting = [...this.#wake];
    this.#wake.clear();
    for (const wake of waiting) wake();
  }
}

/** The namer: from here ... */
export function memoryNamer(
  env: PluginEnv,
  options: object,
  watch: (context: WatchContext) => AsyncIterable<Services>,
): Namer {
  return watchAll<"service", Services>(env, {
    segments: ["service"],
    options,
    canonical: ({ service }) => ({ service: service.toLowerCase() }),
    watch,
    pick: (services, { service }) => services.get(service)?.map(({ ip, port }): Address => address(ip, port)),
    names: (services) => [...services].filter(([, endpoints]) => endpoints.length > 0).map(([name]) => [name]),
  });
}
// ... to here.

export const memorySubject: Subject<MemoryBackend> = {
  backend: () => new MemoryBackend(),
  create: (_, settings, env, backend) => memoryNamer(env, settings, ({ signal }) => backend.watch(signal)),
  path: (service) => `/${service}`,
  spellings: (service) => [`/${service.toUpperCase()}`],
};
