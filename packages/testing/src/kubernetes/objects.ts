/** A Kubernetes object, as JSON has it. */
export interface KubernetesObject {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What a test gives: the rest of the metadata the server adds. */
export type GivenObject = Readonly<Record<string, unknown>> & {
  readonly metadata?: Readonly<Record<string, unknown>>;
};

/** A minor version of Kubernetes whose ways the fake has. */
export type KubernetesVersion = "1.36" | "1.20";

/** A kind of objects, by its name in paths. */
export interface Resource {
  readonly name: ResourceName;
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  /** Fields that a bookmark of it has beside the metadata. */
  readonly blank?: Readonly<Record<string, unknown>>;
}

export type ResourceName =
  | "configmaps"
  | "endpoints"
  | "endpointslices"
  | "ingresses"
  | "namespaces"
  | "nodes"
  | "pods"
  | "services";

const core = (name: ResourceName, kind: string, namespaced = true): Resource => {
  return { name, kind, group: "", version: "v1", namespaced };
};

const everywhere: readonly Resource[] = [
  core("configmaps", "ConfigMap"),
  core("endpoints", "Endpoints"),
  core("namespaces", "Namespace", false),
  core("nodes", "Node", false),
  core("pods", "Pod"),
  core("services", "Service"),
  { name: "ingresses", kind: "Ingress", group: "networking.k8s.io", version: "v1", namespaced: true },
];

/** The resources of a version. Slices were v1beta1 in the older one. */
export function resourcesOf(version: KubernetesVersion): readonly Resource[] {
  const slices: Resource = {
    name: "endpointslices",
    kind: "EndpointSlice",
    group: "discovery.k8s.io",
    version: version === "1.20" ? "v1beta1" : "v1",
    namespaced: true,
    blank: { addressType: "", endpoints: null, ports: null },
  };
  return [...everywhere, slices];
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}
