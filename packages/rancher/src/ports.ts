const builtIn: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What the first segment of a name may be: a number, or the name of one. */
export class Ports {
  readonly #named: ReadonlyMap<string, number>;

  /** `mappings` may override http and https. Names are compared without regard to case. */
  constructor(mappings: Readonly<Record<string, number>> = {}) {
    const all = [...Object.entries(builtIn), ...Object.entries(mappings)];
    this.#named = new Map(all.map(([name, port]) => [name.toLowerCase(), port]));
  }

  /** A name stays a name, in lower case; a number loses its leading zeros. */
  canonical(text: string): string {
    return isNumber(text) ? text.replace(/^0+(?=\d)/, "") : text.toLowerCase();
  }

  /** Of a canonical text; undefined if there is no such port, or if nobody has said what the name means. */
  number(text: string): number | undefined {
    if (!isNumber(text)) return this.#named.get(text);
    const port = text.length <= 5 ? Number(text) : 0;
    return port >= 1 && port <= 65_535 ? port : undefined;
  }

  get names(): Iterable<string> {
    return this.#named.keys();
  }
}

/** Digits are never looked up among the names, as in Linkerd. */
export function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Whether a label may call a port so; in lower case. A digit first would be half a number. */
export function isPortName(text: string): boolean {
  return /^[a-z_][\w.-]*$/.test(text);
}
