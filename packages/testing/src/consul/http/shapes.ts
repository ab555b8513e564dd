import type { CheckRecord, Instance, NodeRecord, ServiceRecord } from "../store/records.js";

/** Consul's JSON, in its own order of fields. `modern`: with what versions after 1.8 have added. */
export class Shapes {
  readonly #datacenter: string;
  readonly #modern: boolean;

  constructor(datacenter: string, modern: boolean) {
    this.#datacenter = datacenter;
    this.#modern = modern;
  }

  node(node: NodeRecord) {
    return { ...this.#place(node), Meta: node.meta, ...stamp(node) };
  }

  check(check: CheckRecord) {
    return {
      Node: check.node,
      CheckID: check.id,
      Name: check.name,
      Status: check.status,
      Notes: check.notes,
      Output: check.output,
      ServiceID: check.serviceId,
      ServiceName: check.serviceName,
      ServiceTags: check.serviceTags,
      Type: check.type,
      ...(this.#modern ? { Interval: "", Timeout: "", ExposedPort: 0 } : {}),
      Definition: {},
      ...stamp(check),
    };
  }

  /** Of /v1/health/service. */
  health({ node, service, checks }: Instance) {
    return { Node: this.node(node), Service: this.#service(service), Checks: checks.map((check) => this.check(check)) };
  }

  /** Of /v1/query/NAME/execute, where empty lists become null on their way. */
  queried(instance: Instance) {
    const { Node, Service, Checks } = this.health(instance);
    return {
      Node,
      Service: { ...Service, Tags: orNull(Service.Tags) },
      Checks: Checks.map((check) => ({ ...check, ServiceTags: orNull(check.ServiceTags) })),
    };
  }

  /** Of /v1/catalog/service. */
  catalog({ node, service }: Instance) {
    const tagged = service.taggedAddresses;
    return {
      ...this.#place(node),
      NodeMeta: node.meta,
      ServiceKind: service.kind,
      ServiceID: service.id,
      ServiceName: service.name,
      ServiceTags: service.tags,
      ServiceAddress: service.address,
      ...(Object.keys(tagged).length > 0 ? { ServiceTaggedAddresses: tagged } : {}),
      ServiceWeights: weights(service),
      ServiceMeta: service.meta ?? {},
      ServicePort: service.port,
      ...(this.#modern ? { ServiceSocketPath: "" } : {}),
      ServiceEnableTagOverride: false,
      ServiceProxy: this.#proxy(service),
      ServiceConnect: connect(service),
      ...(this.#modern && service.peer !== "" ? { PeerName: service.peer } : {}),
      ...stamp(service),
    };
  }

  #place(node: NodeRecord) {
    return {
      ID: node.id,
      Node: node.name,
      Address: node.address,
      Datacenter: this.#datacenter,
      TaggedAddresses: node.taggedAddresses,
    };
  }

  #service(service: ServiceRecord) {
    const tagged = service.taggedAddresses;
    return {
      ...(service.kind === "" ? {} : { Kind: service.kind }),
      ID: service.id,
      Service: service.name,
      Tags: service.tags,
      Address: service.address,
      ...(Object.keys(tagged).length > 0 ? { TaggedAddresses: tagged } : {}),
      Meta: service.meta,
      Port: service.port,
      ...(this.#modern ? { SocketPath: "" } : {}),
      Weights: weights(service),
      EnableTagOverride: false,
      Proxy: this.#proxy(service),
      Connect: connect(service),
      ...(this.#modern ? { PeerName: service.peer } : {}),
      ...stamp(service),
    };
  }

  #proxy({ proxyFor }: ServiceRecord) {
    return {
      ...(proxyFor === "" ? {} : { DestinationServiceName: proxyFor }),
      ...(this.#modern ? { Mode: "" } : {}),
      MeshGateway: {},
      Expose: {},
    };
  }
}

const weights = ({ weights: { passing, warning } }: ServiceRecord) => ({ Passing: passing, Warning: warning });
const connect = ({ native }: ServiceRecord) => (native ? { Native: true } : {});
const stamp = (one: { createIndex: number; modifyIndex: number }) => ({
  CreateIndex: one.createIndex,
  ModifyIndex: one.modifyIndex,
});
const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length > 0 ? list : null);
