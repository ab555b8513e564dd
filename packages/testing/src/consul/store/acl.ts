export type Access = "deny" | "read" | "write";

/** Beginnings of names, the longest of which counts; "" is every name. */
export type Rules = Readonly<Record<string, Access>>;

/** What a token may do. What no rule speaks of is as the default policy has it. */
export interface Policy {
  readonly service?: Rules;
  readonly node?: Rules;
  readonly key?: Rules;
  readonly agent?: Rules;
}

export type Resource = keyof Policy;

/** May do everything. */
export const everything: Policy = {
  service: { "": "write" },
  node: { "": "write" },
  key: { "": "write" },
  agent: { "": "write" },
};

const ranks: Readonly<Record<Access, number>> = { deny: 0, read: 1, write: 2 };

/** Tokens and what they may do. Off, everybody may do everything and no token is looked at. */
export class AclTokens {
  readonly #tokens = new Map<string, Policy>();
  enabled: boolean;
  /** For what no rule speaks of. */
  defaultPolicy: "allow" | "deny";
  /** For requests without a token. */
  anonymous: Policy = {};

  constructor(enabled: boolean, defaultPolicy: "allow" | "deny") {
    this.enabled = enabled;
    this.defaultPolicy = defaultPolicy;
  }

  /** Makes a token, or gives an old one another policy. */
  grant(token: string, policy: Policy = everything): void {
    this.#tokens.set(token, policy);
  }

  /** From now on nobody knows it. Who is parked with it stays so until the wait is over. */
  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  /** What may be done with it; undefined if nobody knows it. */
  of(token: string): Permissions | undefined {
    if (!this.enabled) return new Permissions(undefined, "allow");
    const policy = token === "" ? this.anonymous : this.#tokens.get(token);
    return policy && new Permissions(policy, this.defaultPolicy);
  }
}

export class Permissions {
  readonly #policy: Policy | undefined;
  readonly #otherwise: Access;

  constructor(policy: Policy | undefined, defaultPolicy: "allow" | "deny") {
    this.#policy = policy;
    this.#otherwise = defaultPolicy === "allow" ? "write" : "deny";
  }

  may(access: "read" | "write", resource: Resource, name: string): boolean {
    const rules = Object.entries(this.#policy?.[resource] ?? {}).filter(([prefix]) => name.startsWith(prefix));
    const [, granted] = rules.sort(([a], [b]) => b.length - a.length)[0] ?? ["", this.#otherwise];
    return ranks[granted] >= ranks[access];
  }
}
