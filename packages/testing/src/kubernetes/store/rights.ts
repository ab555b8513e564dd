/** What a token may do. */
export interface Right {
  /** Absent: in the whole cluster. */
  readonly namespaces?: readonly string[];
  /** By their names in paths; "*" for all. */
  readonly resources: readonly string[];
  /** get, list and watch unless said. */
  readonly verbs?: readonly Verb[];
}

export type Verb = "get" | "list" | "watch";

/** What somebody wants. */
export interface Wish {
  readonly verb: Verb;
  readonly resource: string;
  readonly group: string;
  readonly namespace: string | undefined;
}

interface Account {
  readonly user: string;
  rights: readonly Right[];
}

/** Tokens and what they may do. Until the first one is made, anybody may do anything. */
export class Rights {
  /** Whether somebody without a token is system:anonymous, who is forbidden everything, and not unauthorized. */
  anonymous = true;
  /** The token of whoever brings none, as behind kubectl proxy. */
  proxied: string | undefined;
  /** Nobody may do anything: the server has not read the roles yet. */
  unread = false;
  readonly #accounts = new Map<string, Account>();
  #open = true;

  /** From now on exactly these. `user`: as messages call whoever has the token; the token itself unless said. */
  grant(token: string, rights: readonly Right[], user: string = token): void {
    this.#open = false;
    this.#accounts.set(token, { user, rights });
  }

  /** The token is not known any more. */
  revoke(token: string): void {
    this.#accounts.delete(token);
  }

  /** Why not; undefined if it may be done. `brought`: the token, if there was one. */
  refuses(brought: string | undefined, wish: Wish): { readonly status: 401 | 403; readonly user: string } | undefined {
    if (this.#open) return this.unread ? { status: 403, user: "system:anonymous" } : undefined;
    const token = brought ?? this.proxied;
    const account = token === undefined ? undefined : this.#accounts.get(token);
    if (account === undefined) {
      const status = token === undefined && this.anonymous ? 403 : 401;
      return { status, user: "system:anonymous" };
    }
    const { user, rights } = account;
    return !this.unread && rights.some((right) => covers(right, wish)) ? undefined : { status: 403, user };
  }
}

function covers({ namespaces, resources, verbs }: Right, { verb, resource, namespace }: Wish): boolean {
  if (!resources.includes("*") && !resources.includes(resource)) return false;
  if (verbs !== undefined && !verbs.includes(verb)) return false;
  return namespaces === undefined || (namespace !== undefined && namespaces.includes(namespace));
}
