import { messageOf } from "@namerkit/core";
import type { Ingress, IngressBackend, IngressPath } from "./read-ingress.js";

/** Where a request goes. */
export interface IngressTarget extends IngressBackend {
  readonly namespace: string;
}

export interface IngressTableOptions {
  /** Whose ingresses count, beside those of nobody. */
  readonly className: string;
  readonly ignoreDefaultBackends: boolean;
  /** Told of a path that is no regular expression. */
  readonly warn: (text: string) => void;
}

/**
 * The rules of all ingresses in the order in which they are tried: exact hosts, then wildcards, then rules for any host; exact
 * paths first, then longer ones before shorter ones; then by namespace and name. So the same request always takes the same way, in
 * whatever order the API tells of the ingresses.
 */
export class IngressTable {
  readonly #rules: readonly Rule[];
  readonly #fallback: IngressTarget | undefined;

  /** By namespace/name. */
  constructor(
    ingresses: ReadonlyMap<string, Ingress>,
    { className, ignoreDefaultBackends, warn }: IngressTableOptions,
  ) {
    const all = [...ingresses]
      .filter(([, ingress]) => ingress.className === undefined || ingress.className === className)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    this.#rules = all.flatMap(([key, { paths }]) => paths.flatMap((path) => ruleOf(key, path, warn))).sort(before);
    const [key, found] = all.find(([, { fallback }]) => fallback !== undefined) ?? [];
    this.#fallback =
      ignoreDefaultBackends || key === undefined || found?.fallback === undefined
        ? undefined
        : { namespace: namespaceOf(key), ...found.fallback };
  }

  /** `authority` as a client sends it, `path` without the query. Undefined: nobody wants it. */
  find(authority: string | undefined, path: string): IngressTarget | undefined {
    const host = hostOf(authority ?? "");
    for (const { matchesHost, matchesPath, target } of this.#rules) {
      if (matchesHost(host) && matchesPath(path)) return target;
    }
    return this.#fallback;
  }
}

interface Rule {
  readonly matchesHost: (host: string) => boolean;
  readonly matchesPath: (path: string) => boolean;
  readonly target: IngressTarget;
  /** Smaller is earlier. */
  readonly rank: readonly number[];
}

/** Sorting is stable: equal ranks stay in the order of namespaces and names. */
function before(a: Rule, b: Rule): number {
  for (let i = 0; i < a.rank.length; i++) {
    const difference = (a.rank[i] ?? 0) - (b.rank[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function ruleOf(key: string, rule: IngressPath, warn: (text: string) => void): readonly Rule[] {
  const { host, type, path, backend } = rule;
  const matchesPath = pathTest(rule, (problem) =>
    warn(`ingress ${key}: the path ${path} is ${problem}; nothing takes it`),
  );
  if (matchesPath === undefined) return [];
  const wildcard = host?.startsWith("*.") === true;
  return [
    {
      matchesHost: hostTest(host),
      matchesPath,
      target: { namespace: namespaceOf(key), ...backend },
      rank: [
        host === undefined ? 2 : wildcard ? 1 : 0,
        wildcard ? -host.length : 0,
        // What is exact has the longest match there can be, whatever is written of others.
        type === "Exact" ? 0 : 1,
        -(type === "Prefix" ? withoutSlash(path) : path).length,
      ],
    },
  ];
}

/** A wildcard stands for one label. */
function hostTest(host: string | undefined): (host: string) => boolean {
  if (host === undefined) return () => true;
  if (!host.startsWith("*.")) return (asked) => asked === host;
  const rest = host.slice(1);
  return (asked) => asked.endsWith(rest) && asked.length > rest.length && !asked.slice(0, -rest.length).includes(".");
}

/** What is specific to this implementation is what Linkerd does: the whole path by a regular expression; none matches all. */
function pathTest(
  { type, path }: IngressPath,
  bad: (problem: string) => void,
): ((path: string) => boolean) | undefined {
  if (type === "Exact") return (asked) => asked === path;
  if (type === "Prefix") {
    const prefix = withoutSlash(path);
    return (asked) => asked.startsWith(prefix) && (asked.length === prefix.length || asked[prefix.length] === "/");
  }
  if (path === "") return () => true;
  try {
    const pattern = new RegExp(`^(?:${path})$`);
    return (asked) => pattern.test(asked);
  } catch (thrown) {
    bad(messageOf(thrown));
    return undefined;
  }
}

/** A prefix means the same with and without a slash at its end. */
function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}

/** Without port and final dot, in lower case. */
function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
