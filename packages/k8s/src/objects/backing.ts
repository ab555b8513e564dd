/** One place that backs a service; what is kept of an endpoint, and nothing else. */
export interface Backend {
  /** An address, or where the family is "FQDN" a host name. */
  readonly ip: string;
  /** It takes new connections. */
  readonly ready: boolean;
  /** It answers although it may be on its way out. */
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  readonly zone: string | undefined;
  /** The zones that it should serve, by topology hints. */
  readonly forZones: readonly string[] | undefined;
  /** Of a pod of a headless service. */
  readonly hostname: string | undefined;
}

export interface BackingPort {
  /** The name of the *service's* port; empty where it has none. */
  readonly name: string;
  /** What the pods listen on. */
  readonly port: number;
}

export type Family = "IPv4" | "IPv6" | "FQDN";

/** Backends that all listen on the same ports: an EndpointSlice, or a subset of Endpoints. No port is combined with a backend of another set. */
export interface BackingSet {
  readonly family: Family;
  /** TCP only. */
  readonly ports: readonly BackingPort[];
  readonly backends: readonly Backend[];
}

/** What one object says of what backs a service. */
export interface Backing {
  /** Its name, in the namespace of the object. */
  readonly service: string;
  /** The value of the label that names are told apart by, if there is one. */
  readonly label: string | undefined;
  readonly sets: readonly BackingSet[];
}
