import type { Container } from "../entries/container.js";

/**
 * The containers of each service, in no order. From one version to the next most services have the same ones, told in another order:
 * their group is the same array then, so that whatever was made of it need not be made again.
 */
export class Groups {
  static readonly empty = new Groups(new Map(), new Set());

  readonly #byId: ReadonlyMap<string, readonly Container[]>;
  readonly #all: ReadonlySet<Container>;

  private constructor(byId: ReadonlyMap<string, readonly Container[]>, all: ReadonlySet<Container>) {
    this.#byId = byId;
    this.#all = all;
  }

  /** Undefined for none. */
  of(id: string): readonly Container[] | undefined {
    return this.#byId.get(id);
  }

  get all(): Iterable<readonly [id: string, containers: readonly Container[]]> {
    return this.#byId;
  }

  /** The groups of another version. */
  next(containers: readonly Container[]): Groups {
    const all = new Set(containers);
    const changes = new Map<string, { readonly come: Container[]; gone: boolean }>();
    const changeOf = (container: Container) => {
      const { serviceUuid, service } = container;
      if (serviceUuid === undefined && service === undefined) return undefined;
      const id = groupId(serviceUuid, service);
      let change = changes.get(id);
      if (change === undefined) {
        change = { come: [], gone: false };
        changes.set(id, change);
      }
      return change;
    };
    for (const container of all) if (!this.#all.has(container)) changeOf(container)?.come.push(container);
    for (const container of this.#all) {
      const change = all.has(container) ? undefined : changeOf(container);
      if (change !== undefined) change.gone = true;
    }
    // Containers of no service may have changed all the same, and the last ones must not be kept alive.
    if (changes.size === 0) return new Groups(this.#byId, all);
    const byId = new Map(this.#byId);
    for (const [id, { come, gone }] of changes) {
      const before = byId.get(id) ?? [];
      const after = gone ? replaced(before, come, all) : [...before, ...come];
      if (after.length > 0) byId.set(id, after);
      else byId.delete(id);
    }
    return new Groups(byId, all);
  }
}

/** A newcomer has the place of one that has gone, mostly itself as it was: the rest stay where they are, and compare quickly. */
function replaced(
  before: readonly Container[],
  come: readonly Container[],
  all: ReadonlySet<Container>,
): readonly Container[] {
  let next = 0;
  const kept: Container[] = [];
  for (const one of before) {
    const here = all.has(one) ? one : come[next++];
    if (here !== undefined) kept.push(here);
  }
  return kept.concat(come.slice(next));
}

/**
 * By uuid and name both: a service and its sidekicks have one uuid in Rancher, and sidekicks of two services may have one name. A name
 * has one slash and does not begin with it, so that no two pairs are one text.
 */
export function groupId(uuid: string | undefined, key: string | undefined): string {
  return `${key ?? ""}/${uuid ?? ""}`;
}
