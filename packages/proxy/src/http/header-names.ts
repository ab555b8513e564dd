/** What the proxy does with a header. */
export type HeaderRule =
  | "forward"
  /** Hop-by-hop, or set anew by the proxy. */
  | "drop"
  | "connection"
  | "host"
  | "content-length"
  | "transfer-encoding"
  | "expect"
  | "via"
  | "ctx-dtab"
  | "ctx-deadline"
  | "dtab"
  | "reqid"
  | "upgrade"
  | "authority"
  | "l5d-err";

const hopByHop: readonly (readonly [string, HeaderRule])[] = [
  ["keep-alive", "drop"],
  ["proxy-authenticate", "drop"],
  ["proxy-authorization", "drop"],
  ["proxy-connection", "drop"],
  ["te", "drop"],
  ["trailer", "drop"],
];

/** Rules for what a client sends. */
export const requestRules: ReadonlyMap<string, HeaderRule> = new Map<string, HeaderRule>([
  ...hopByHop,
  ["upgrade", "upgrade"],
  ["connection", "connection"],
  ["host", "host"],
  ["content-length", "content-length"],
  ["transfer-encoding", "transfer-encoding"],
  ["expect", "expect"],
  ["via", "via"],
  ["l5d-ctx-dtab", "ctx-dtab"],
  ["l5d-dtab", "dtab"],
  ["l5d-ctx-deadline", "ctx-deadline"],
  ["l5d-reqid", "reqid"],
  ["l5d-dst-service", "drop"],
  ["l5d-dst-client", "drop"],
  ["l5d-dst-residual", "drop"],
  ["l5d-sample", "drop"],
  // Whoever believes it must have it from a proxy that has seen the certificate.
  ["x-forwarded-client-cert", "drop"],
]);

/** The same, without these, in lower case: the proxy says them anew. */
export function requestRulesWithout(names: readonly string[]): ReadonlyMap<string, HeaderRule> {
  return new Map([...requestRules, ...names.map((name) => [name, "drop"] as const)]);
}

/** Rules for what an endpoint answers. */
export const responseRules: ReadonlyMap<string, HeaderRule> = new Map<string, HeaderRule>([
  ...hopByHop,
  ["upgrade", "upgrade"],
  ["connection", "connection"],
  ["content-length", "content-length"],
  ["transfer-encoding", "transfer-encoding"],
  ["via", "via"],
  ["l5d-success-class", "drop"],
  ["l5d-err", "l5d-err"],
  ["location", "authority"],
  ["refresh", "authority"],
]);

/** Headers that a Connection header cannot take away: the framing and the destination would change with them. */
const notNominable: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "connection"]);

const remembered = 1024;

/** Looks rules up by the spelling a peer used, so that the usual spellings are lower-cased once and not per request. */
export class HeaderNames {
  readonly #rules: ReadonlyMap<string, HeaderRule>;
  readonly #known = new Map<string, HeaderRule>();

  constructor(rules: ReadonlyMap<string, HeaderRule>) {
    this.#rules = rules;
  }

  rule(name: string): HeaderRule {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const rule = this.#rules.get(name.toLowerCase()) ?? "forward";
    if (this.#known.size < remembered) this.#known.set(name, rule);
    return rule;
  }
}

/**
 * The header names that a Connection value makes hop-by-hop (RFC 9110, 7.6.1), in lower case; undefined when there are
 * none beyond `close` and `keep-alive`.
 */
export function nominated(connection: string): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (const part of connection.split(",")) {
    const name = part.trim().toLowerCase();
    if (name === "" || name === "close" || name === "keep-alive" || notNominable.has(name)) continue;
    names ??= new Set();
    names.add(name);
  }
  return names;
}

/** Takes the nominated names out of a flat list of names and values. */
export function withoutNominated(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** The Via of a message that passes through: ours goes last (RFC 9110, 7.6.3). */
export function via(received: string | undefined, version: string): string {
  const own = version === "1.0" ? "1.0 linkerd" : "1.1 linkerd";
  return received === undefined || received === "" ? own : `${received}, ${own}`;
}
