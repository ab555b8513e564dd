import { KubernetesFake } from "../kubernetes-fake.js";
import type { ClusterDescription, DescribedService } from "./description.js";

/** A described cluster: its services can be scaled, and its ConfigMaps written. */
export class Cluster {
  readonly fake = new KubernetesFake();
  readonly #services: ReadonlyMap<string, DescribedService>;
  readonly #ready = new Map<string, number>();
  readonly #configMaps: Map<string, Readonly<Record<string, string>>>;

  constructor({ services, configMaps }: ClusterDescription) {
    this.#services = services;
    this.#configMaps = new Map(configMaps);
    for (const key of [...services.keys(), ...configMaps.keys()]) this.#namespace(key);
    for (const [key, service] of services) {
      this.fake.service(...partsOf(key), service);
      this.#become(key, service, service.ready);
    }
    for (const key of configMaps.keys()) this.#applyConfigMap(key);
  }

  services(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** What there is, for people. */
  state(): object {
    const services = [...this.#services].map(([key, { pods }]) => {
      const ready = this.#ready.get(key) ?? 0;
      return [key, { ready, pods: pods.map(({ ip, name }, i) => ({ name, ip, ready: i < ready })) }];
    });
    return {
      resourceVersion: String(this.fake.version),
      watches: this.fake.watches(),
      services: Object.fromEntries(services),
      configMaps: Object.fromEntries(this.#configMaps),
    };
  }

  /** How many pods a service may have; undefined: there is no such service. */
  most(service: string): number | undefined {
    return this.#services.get(service)?.pods.length;
  }

  /** The first `to` pods are ready, the others are gone. `to` is at most `most`. */
  scale(key: string, to: number): void {
    const service = this.#services.get(key);
    if (service !== undefined) this.#become(key, service, to);
  }

  /** One text of a ConfigMap, which is there from now on. */
  write(configMap: string, name: string, text: string): void {
    this.#namespace(configMap);
    this.#configMaps.set(configMap, { ...this.#configMaps.get(configMap), [name]: text });
    this.#applyConfigMap(configMap);
  }

  #become(key: string, { pods }: DescribedService, ready: number): void {
    this.#ready.set(key, ready);
    this.fake.pods(...partsOf(key), pods.slice(0, ready));
  }

  #applyConfigMap(key: string): void {
    const [namespace, name] = partsOf(key);
    this.fake.apply("configmaps", { metadata: { name, namespace }, data: this.#configMaps.get(key) });
  }

  #namespace(key: string): void {
    this.fake.apply("namespaces", { metadata: { name: partsOf(key)[0] } });
  }
}

function partsOf(key: string): [namespace: string, name: string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}
