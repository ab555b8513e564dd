/** How a check stands. Maintenance is a check of its own that is critical. */
export type CheckStatus = "passing" | "warning" | "critical";

/** An address under another name, such as "wan". */
export interface TaggedAddress {
  readonly Address: string;
  readonly Port: number;
}

/** Consul stamps everything with the index of the write that made it, and of the last one that changed it. */
export interface Stamped {
  readonly createIndex: number;
  readonly modifyIndex: number;
}

export interface NodeRecord extends Stamped {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly taggedAddresses: Readonly<Record<string, string>> | null;
  readonly meta: Readonly<Record<string, string>> | null;
}

export interface ServiceRecord extends Stamped {
  readonly node: string;
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** May be empty, and then it is the node's. */
  readonly address: string;
  readonly taggedAddresses: Readonly<Record<string, TaggedAddress>>;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly port: number;
  readonly weights: { readonly passing: number; readonly warning: number };
  /** "" for a service proper, "connect-proxy" for the proxy of one. */
  readonly kind: string;
  /** Of a proxy: the name of the service that it stands for. */
  readonly proxyFor: string;
  /** It speaks Connect by itself. */
  readonly native: boolean;
  /** The cluster that it was imported from; "" for its own. Consul 1.13 and later. */
  readonly peer: string;
}

export interface CheckRecord extends Stamped {
  readonly node: string;
  readonly id: string;
  readonly name: string;
  readonly status: CheckStatus;
  readonly notes: string;
  readonly output: string;
  /** "" for a check of the node. */
  readonly serviceId: string;
  readonly serviceName: string;
  readonly serviceTags: readonly string[];
  /** "ttl", "http", "maintenance" …; "" for one that was put into the catalogue by hand. */
  readonly type: string;
}

/** An instance with its node and every check that counts for it. */
export interface Instance {
  readonly node: NodeRecord;
  readonly service: ServiceRecord;
  readonly checks: readonly CheckRecord[];
}

type Unstamped<T extends Stamped> = Omit<T, keyof Stamped>;
export type NodeFields = Unstamped<NodeRecord>;
export type ServiceFields = Unstamped<ServiceRecord>;
export type CheckFields = Unstamped<CheckRecord>;
