import type { Entry } from "./container.js";

/** One answer of the metadata API: the addresses of the running containers, by service. */
export class Catalogue {
  readonly #ips = new Map<string, string[]>();
  #skipped = 0;
  #names: readonly string[] | undefined;

  /** Only while it is being made; nobody changes a catalogue that others have seen. */
  add(entry: Entry): void {
    if (entry === "odd") this.#skipped++;
    if (typeof entry === "string") return;
    const known = this.#ips.get(entry.service);
    if (known === undefined) this.#ips.set(entry.service, [entry.ip]);
    else known.push(entry.ip);
  }

  /** Entries that could not be used. */
  get skipped(): number {
    return this.#skipped;
  }

  get isEmpty(): boolean {
    return this.#ips.size === 0;
  }

  /** The services, as `stack/service` in lower case, in order: the API tells its lists in a new order each time. */
  get names(): readonly string[] {
    this.#names ??= [...this.#ips.keys()].sort();
    return this.#names;
  }

  /** Where the containers of a service are, each address once; undefined if none runs. */
  ipsOf(service: string): readonly string[] | undefined {
    const ips = this.#ips.get(service);
    return ips === undefined || ips.length === 1 ? ips : [...new Set(ips)];
  }

  /** For people. */
  toJSON(): object {
    const services = Object.fromEntries(this.names.map((name) => [name, [...(this.ipsOf(name) ?? [])].sort()]));
    return { services, skipped: this.skipped };
  }
}
