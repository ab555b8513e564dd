const builtIn: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What the first segment of a name may be: a number, or the name of one. */
export class Ports {
  readonly #named: ReadonlyMap<string, number>;

  /** `mappings` may override http and https. Names are compared without regard to case. */
  constructor(mappings: Readonly<Record<string, number>>) {
    const all = Object.entries({ ...builtIn, ...mappings });
    this.#named = new Map(all.map(([name, port]) => [name.toLowerCase(), port]));
  }

  /** A name stays a name, in lower case; a number loses its leading zeros. */
  canonical(text: string): string {
    return /^0*\d{1,5}$/.test(text) ? String(Number(text)) : text.toLowerCase();
  }

  /** Of a canonical text; undefined if it names no port that there is. */
  number(text: string): number | undefined {
    const named = this.#named.get(text);
    if (named !== undefined) return named;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    return port >= 1 && port <= 65_535 ? port : undefined;
  }

  get names(): Iterable<string> {
    return this.#named.keys();
  }
}
