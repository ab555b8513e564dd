import { isDeepStrictEqual } from "node:util";
import { NamerError } from "@namerkit/core";
import { ApiServer } from "./api-server.js";
import {
  endpointsObject,
  olderSlice,
  type PodDescription,
  type ServiceDescription,
  serviceObject,
  sliceObjects,
} from "./control/controllers.js";
import type { KubernetesAnswer, KubernetesRequest } from "./http/answer.js";
import type { GivenObject, KubernetesObject, Resource, ResourceName } from "./objects.js";
import type { ApiRestartOptions, KubernetesFakeOptions, KubernetesFaults } from "./options.js";
import { type KubernetesPort, listen } from "./port.js";
import type { Backup } from "./store/etcd.js";
import type { Rights } from "./store/rights.js";

/**
 * The API server of a Kubernetes cluster, in memory, with as much of the controllers as keeps Endpoints and EndpointSlices: its HTTP
 * API for reading, by Kubernetes' own rules, held against recordings. Serve it by `listen`, or by `kubernetesHandlers` without a network.
 */
export class KubernetesFake implements AsyncDisposable {
  readonly #api: ApiServer;
  readonly #ports = new Set<KubernetesPort>();
  readonly #services = new Map<string, { description: ServiceDescription; pods: readonly PodDescription[] }>();
  #uids = 0;

  constructor(options: KubernetesFakeOptions = {}) {
    this.#api = new ApiServer(options);
  }

  /** The resourceVersion of the last write, to whatever it was. */
  get version(): number {
    return this.#api.etcd.version;
  }
  /** How many watches are open; of one resource, if it is given. */
  watches(resource?: ResourceName): number {
    const all = this.#api.watchers;
    return resource === undefined ? all.length : all.filter(({ ask }) => ask.resource.name === resource).length;
  }
  get alive(): boolean {
    return this.#api.alive;
  }
  /** Tokens and what they may do. Without any everybody may do everything. */
  get rights(): Rights {
    return this.#api.rights;
  }
  /** Set as a whole; `{}` heals. */
  get faults(): KubernetesFaults {
    return this.#api.faults;
  }
  set faults(faults: KubernetesFaults) {
    this.#api.faults = faults;
  }

  /** Answers a request as the API server would. Never rejects. */
  handle(request: KubernetesRequest, signal: AbortSignal = new AbortController().signal): Promise<KubernetesAnswer> {
    return this.#api.handle(request, signal);
  }

  /**
   * Creates an object or replaces it, as `kubectl apply`: what is the same already is not written again.
   *
   * @throws NamerError TESTING_KUBERNETES for one without a name
   */
  apply(resource: ResourceName, object: GivenObject): void {
    const { name, namespace = "default" } = (object.metadata ?? {}) as { name?: unknown; namespace?: unknown };
    if (typeof name !== "string" || typeof namespace !== "string") {
      throw new NamerError("TESTING_KUBERNETES", `an object of ${resource} has no metadata.name`);
    }
    const { namespaced } = this.#resource(resource);
    const key = namespaced ? `${namespace}/${name}` : name;
    const before = this.#api.etcd.get(resource, key);
    const { uid, creationTimestamp } = before?.metadata ?? this.#birth();
    const metadata = { name, ...(namespaced ? { namespace } : {}), uid, creationTimestamp, ...object.metadata };
    const after = { ...object, metadata } as KubernetesObject;
    if (before !== undefined && same(before, after)) return;
    this.#api.etcd.put(resource, key, after);
  }

  /** False if there was none. */
  delete(resource: ResourceName, namespace: string, name: string): boolean {
    return this.#api.etcd.delete(resource, this.#resource(resource).namespaced ? `${namespace}/${name}` : name);
  }

  /** As if other things had been written: the next version is one more than this. */
  skipTo(version: number): void {
    this.#api.etcd.skipTo(version);
  }

  /** Writes an object again as it is, with these fields in its metadata: watches are told although nothing has changed. */
  touch(
    resource: ResourceName,
    namespace: string,
    name: string,
    metadata: Readonly<Record<string, unknown>> = {},
  ): void {
    const key = `${namespace}/${name}`;
    const object = this.get(resource, namespace, name);
    if (object !== undefined) {
      this.#api.etcd.put(resource, key, { ...object, metadata: { ...object.metadata, ...metadata } });
    }
  }

  get(resource: ResourceName, namespace: string, name: string): KubernetesObject | undefined {
    return this.#api.etcd.get(resource, this.#resource(resource).namespaced ? `${namespace}/${name}` : name);
  }

  /** All of a resource, in the order of lists. */
  list(resource: ResourceName): readonly KubernetesObject[] {
    return this.#api.etcd.list(resource).map(([, object]) => object);
  }

  /** Creates a service or replaces it; its pods stay. */
  service(namespace: string, name: string, description: ServiceDescription = {}): void {
    const key = `${namespace}/${name}`;
    const pods = this.#services.get(key)?.pods ?? [];
    this.#services.set(key, { description, pods });
    this.apply("services", serviceObject(name, namespace, description));
    this.#control(namespace, name);
  }

  /**
   * From now on these are the pods behind a service. The controllers write its Endpoints and EndpointSlices accordingly.
   *
   * @throws NamerError TESTING_KUBERNETES if `service` has not made such a service
   */
  pods(namespace: string, service: string, pods: readonly PodDescription[]): void {
    const known = this.#services.get(`${namespace}/${service}`);
    if (known === undefined) throw new NamerError("TESTING_KUBERNETES", `there is no service ${namespace}/${service}`);
    known.pods = pods;
    this.#control(namespace, service);
  }

  /** Deletes a service, and what the controllers have made of it. */
  deleteService(namespace: string, name: string): void {
    this.#services.delete(`${namespace}/${name}`);
    this.delete("services", namespace, name);
    this.delete("endpoints", namespace, name);
    for (const slice of this.#slicesOf(namespace, name)) this.delete("endpointslices", namespace, slice);
  }

  /** Ends all watches: regularly, or by a reset. */
  drop(how: "end" | "reset" = "end"): void {
    for (const watcher of this.#api.watchers) watcher[how]();
  }

  /** A bookmark in all watches, now. */
  bookmark(): void {
    for (const watcher of this.#api.watchers) watcher.bookmark();
  }

  /** Any text in all watches: what is no event, say. */
  inject(text: string): void {
    for (const watcher of this.#api.watchers) watcher.inject(text);
  }

  /** The store forgets former versions: pages of older lists, and exact lists of them, are 410. */
  compact(): void {
    this.#api.etcd.compact();
  }

  /** The API server forgets what has happened up to now: watches from an older version are 410. */
  forget(): void {
    this.#api.oldest = this.version;
  }

  /** What `restore` takes. */
  backup(): Backup {
    return this.#api.etcd.backup();
  }

  /** A backup of the store is put back, and the API server started anew: versions that were told already will be told again, of other things. */
  restore(backup: Backup): void {
    this.#api.etcd.restore(backup);
    this.restart({ killed: true });
  }

  restart(options: ApiRestartOptions = {}): void {
    this.#api.restart(options);
  }

  /** On a free port of the loopback. */
  async listen(): Promise<KubernetesPort> {
    const port: KubernetesPort = await listen(this.#api, () => this.#ports.delete(port));
    this.#ports.add(port);
    return port;
  }

  /** Closes all ports. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.drop("reset");
    await Promise.all([...this.#ports].map((port) => port.close()));
  }

  #control(namespace: string, name: string): void {
    const known = this.#services.get(`${namespace}/${name}`);
    if (known === undefined || known.description.type === "ExternalName") return;
    const { description, pods } = known;
    this.apply("endpoints", endpointsObject(name, namespace, description, pods));
    const slices = sliceObjects(name, namespace, description, pods);
    for (const [slice, object] of slices) {
      const named = { ...object, metadata: { ...object.metadata, name: slice } };
      this.apply("endpointslices", this.#api.version === "1.20" ? olderSlice(named as never) : named);
    }
    for (const slice of this.#slicesOf(namespace, name)) {
      if (!slices.has(slice)) this.delete("endpointslices", namespace, slice);
    }
  }

  #slicesOf(namespace: string, service: string): readonly string[] {
    return this.list("endpointslices")
      .map(({ metadata }) => metadata)
      .filter(
        (metadata) => metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === service,
      )
      .filter(({ labels }) => labels?.["endpointslice.kubernetes.io/managed-by"] !== undefined)
      .map(({ name }) => name);
  }

  #resource(name: ResourceName): Resource {
    const found = this.#api.resources.find((one) => one.name === name);
    if (found === undefined) throw new NamerError("TESTING_KUBERNETES", `there is no resource ${name}`);
    return found;
  }

  #birth() {
    const uid = `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, "0")}`;
    return { uid, creationTimestamp: new Date(this.#api.clock.wall()).toISOString().replace(/\.\d+Z$/, "Z") };
  }
}

/** But for the version. */
function same(a: KubernetesObject, b: KubernetesObject): boolean {
  const { resourceVersion: _, ...metadata } = a.metadata;
  const { resourceVersion: __, ...other } = b.metadata;
  return isDeepStrictEqual({ ...a, metadata }, { ...b, metadata: other });
}
