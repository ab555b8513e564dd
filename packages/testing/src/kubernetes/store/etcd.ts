import type { KubernetesObject, ResourceName } from "../objects.js";

/** What has happened to one object. */
export interface Change {
  readonly version: number;
  readonly resource: ResourceName;
  /** namespace/name, or name. */
  readonly key: string;
  /** Undefined: it is no more. */
  readonly after: KubernetesObject | undefined;
  /** Undefined: it is new. */
  readonly before: KubernetesObject | undefined;
}

type Collections = ReadonlyMap<ResourceName, ReadonlyMap<string, KubernetesObject>>;

/** All objects at one moment, to be restored. */
export interface Backup {
  readonly version: number;
  readonly collections: Collections;
}

/** The objects of a cluster and their history. One version counts for all; each write is the next. */
export class Etcd {
  #version: number;
  /** Lists of a version before this cannot be had any more. */
  #compacted = 0;
  #collections = new Map<ResourceName, Map<string, KubernetesObject>>();
  #history: Change[] = [];
  readonly #onChange: (change: Change) => void;

  constructor(version: number, onChange: (change: Change) => void) {
    this.#version = version;
    this.#onChange = onChange;
  }

  get version(): number {
    return this.#version;
  }
  get compacted(): number {
    return this.#compacted;
  }

  skipTo(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** With the versions that it puts into the metadata. */
  put(resource: ResourceName, key: string, object: KubernetesObject): KubernetesObject {
    const before = this.#of(resource).get(key);
    const version = ++this.#version;
    const after = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#of(resource).set(key, after);
    this.#happened({ version, resource, key, after, before });
    return after;
  }

  /** False if there is none. */
  delete(resource: ResourceName, key: string): boolean {
    const before = this.#of(resource).get(key);
    if (before === undefined) return false;
    this.#of(resource).delete(key);
    this.#happened({ version: ++this.#version, resource, key, after: undefined, before });
    return true;
  }

  get(resource: ResourceName, key: string): KubernetesObject | undefined {
    return this.#of(resource).get(key);
  }

  /** In the order of their keys. */
  list(resource: ResourceName): readonly (readonly [string, KubernetesObject])[] {
    return sorted(this.#of(resource));
  }

  /** As `list`, of a former version that has not been compacted. */
  listAt(resource: ResourceName, version: number): readonly (readonly [string, KubernetesObject])[] {
    const all = new Map(this.#of(resource));
    for (const change of [...this.#history].reverse()) {
      if (change.version <= version) break;
      if (change.resource !== resource) continue;
      if (change.before === undefined) all.delete(change.key);
      else all.set(change.key, change.before);
    }
    return sorted(all);
  }

  /** What has happened to a resource after this version, oldest first. */
  since(resource: ResourceName, version: number): readonly Change[] {
    return this.#history.filter((change) => change.resource === resource && change.version > version);
  }

  /** Forgets what lists of former versions need. Watches are served by the API server's own memory. */
  compact(): void {
    this.#compacted = this.#version;
  }

  backup(): Backup {
    const collections = new Map([...this.#collections].map(([resource, all]) => [resource, new Map(all)] as const));
    return { version: this.#version, collections };
  }

  /** Versions that have been told already will be told again, of other things. */
  restore({ version, collections }: Backup): void {
    this.#version = version;
    this.#compacted = version;
    this.#collections = new Map([...collections].map(([resource, all]) => [resource, new Map(all)]));
    this.#history = [];
  }

  #of(resource: ResourceName): Map<string, KubernetesObject> {
    let all = this.#collections.get(resource);
    if (all === undefined) {
      all = new Map();
      this.#collections.set(resource, all);
    }
    return all;
  }

  #happened(change: Change): void {
    this.#history.push(change);
    this.#onChange(change);
  }
}

function sorted(all: ReadonlyMap<string, KubernetesObject>): readonly (readonly [string, KubernetesObject])[] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
