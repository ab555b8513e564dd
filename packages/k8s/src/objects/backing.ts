import type { Backends } from "./backends.js";

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
  readonly backends: Backends;
}

/** What one object says of what backs a service. */
export interface Backing {
  /** Its name, in the namespace of the object. */
  readonly service: string;
  /** The value of the label that names are told apart by, if there is one. */
  readonly label: string | undefined;
  readonly sets: readonly BackingSet[];
}
