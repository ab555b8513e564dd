/** Entries of /v1/health/service, as far as anybody cares here. */
export interface EntryOptions {
  readonly id?: string;
  readonly node?: string;
  readonly nodeAddress?: string;
  readonly tags?: readonly string[];
  readonly meta?: Readonly<Record<string, string>> | null;
  readonly nodeMeta?: Readonly<Record<string, string>> | null;
  readonly weights?: { readonly Passing: number; readonly Warning: number };
  readonly checks?: readonly object[] | null;
  readonly more?: object;
}

export function entry(service: string, address: unknown, port: unknown, options: EntryOptions = {}): object {
  const { node = "node1", nodeAddress = "10.9.9.9", tags = [], meta = null, nodeMeta = null, checks = [] } = options;
  const id = options.id ?? `${service}-${String(address)}-${String(port)}`;
  return {
    Node: { ID: "", Node: node, Address: nodeAddress, Datacenter: "dc1", TaggedAddresses: null, Meta: nodeMeta },
    Service: {
      ID: id,
      Service: service,
      Tags: tags,
      Address: address,
      Meta: meta,
      Port: port,
      Weights: options.weights ?? { Passing: 1, Warning: 1 },
      ...options.more,
    },
    Checks: checks,
  };
}

export function check(status: string, id = "service:x"): object {
  return { Node: "node1", CheckID: id, Name: id, Status: status, Output: "", ServiceID: "" };
}

/** The same as /v1/catalog/service tells it. */
export function asCatalog(health: object): unknown {
  const { Node: node, Service: service } = (health ?? {}) as Record<string, Record<string, unknown>>;
  if (node === undefined || service === undefined) return health;
  return {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    Datacenter: node.Datacenter,
    TaggedAddresses: node.TaggedAddresses,
    NodeMeta: node.Meta,
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags,
    ServiceAddress: service.Address,
    ServiceWeights: service.Weights,
    ServiceMeta: service.Meta,
    ServicePort: service.Port,
    ServiceTaggedAddresses: service.TaggedAddresses,
  };
}
