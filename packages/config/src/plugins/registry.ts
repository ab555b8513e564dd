import { isNamerError, messageOf, NamerError, type Plugin } from "@namerkit/core";
import type { OfficialKind, Registry } from "../plan.js";
import { asPlugins } from "./as-plugins.js";

type Role = Plugin["role"];

export interface RegistryOptions {
  /** There from the start. */
  readonly builtIn: readonly Plugin[];
  /** By kind; imported the first time a configuration names the kind. */
  readonly official?: Readonly<Record<string, OfficialKind>>;
}

/** The kinds that configurations may name. Throws NamerError KIND_DUPLICATE when a kind is given twice for one role. */
export function createRegistry({ builtIn, official = {} }: RegistryOptions): Registry {
  const offers = new Map<string, Offer>();
  for (const [kind, offer] of Object.entries(official)) {
    const loading = new Loading(kind, offer);
    for (const role of rolesOf(offer)) offers.set(keyOf(role, kind), { role, kind, find: () => loading.find(role) });
  }
  return new Kinds(offers).with(builtIn);
}

interface Offer {
  readonly role: Role;
  readonly kind: string;
  find(): Promise<Plugin>;
}

class Kinds implements Registry {
  readonly #offers: ReadonlyMap<string, Offer>;

  constructor(offers: ReadonlyMap<string, Offer>) {
    this.#offers = offers;
  }

  kinds(role: Role): readonly string[] {
    return [...this.#offers.values()].flatMap((offer) => (offer.role === role ? [offer.kind] : [])).sort();
  }

  async find(role: Role, kind: string): Promise<Plugin | undefined> {
    return this.#offers.get(keyOf(role, kind))?.find();
  }

  with(plugins: readonly Plugin[]): Registry {
    const offers = new Map(this.#offers);
    for (const plugin of plugins) {
      const key = keyOf(plugin.role, plugin.kind);
      if (offers.has(key))
        throw new NamerError(
          "KIND_DUPLICATE",
          `the ${plugin.role} ${plugin.kind} is there already, from another plug-in`,
        );
      offers.set(key, { role: plugin.role, kind: plugin.kind, find: () => Promise.resolve(plugin) });
    }
    return new Kinds(offers);
  }
}

/** One official kind. A failed import is tried again by the next configuration that names it. */
class Loading {
  readonly #kind: string;
  readonly #offer: OfficialKind;
  #loaded: Promise<readonly Plugin[]> | undefined;

  constructor(kind: string, offer: OfficialKind) {
    this.#kind = kind;
    this.#offer = offer;
  }

  async find(role: Role): Promise<Plugin> {
    this.#loaded ??= this.#load();
    const plugins = await this.#loaded;
    const found = plugins.find((plugin) => plugin.role === role && plugin.kind === this.#kind);
    if (found !== undefined) return found;
    throw new NamerError("PLUGIN_LOAD", `${this.#offer.package} holds no ${role} of kind ${this.#kind}`);
  }

  async #load(): Promise<readonly Plugin[]> {
    try {
      return asPlugins(await this.#offer.load());
    } catch (thrown) {
      this.#loaded = undefined;
      if (isNamerError(thrown)) throw thrown;
      const { package: name } = this.#offer;
      if (isMissing(thrown, name))
        throw new NamerError(
          "KIND_NOT_INSTALLED",
          `${this.#kind} comes with the package ${name}, which is not installed`,
          {
            cause: thrown,
          },
        );
      throw new NamerError("PLUGIN_LOAD", `${name}, which has ${this.#kind}, cannot be loaded: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
  }
}

/** Whether it is the package itself that is missing, and not something that it imports. */
function isMissing(thrown: unknown, name: string): boolean {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return false;
  return messageOf(thrown).includes(`'${name}'`);
}

function rolesOf(offer: OfficialKind): readonly Role[] {
  return typeof offer.role === "string" ? [offer.role] : offer.role;
}

function keyOf(role: Role, kind: string): string {
  return `${role} ${kind}`;
}
