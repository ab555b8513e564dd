import type { HealthStatus } from "../config/namer-config.js";

/** A host, as a name or a literal, and its port; either may be missing ("" and 0). */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** One instance of a service, whichever endpoint told of it. */
export interface Instance {
  /** Unique on its node. */
  readonly id: string;
  readonly service: string;
  readonly tags: readonly string[];
  /** "" and 0 where it has none of its own. */
  readonly address: string;
  readonly port: number;
  readonly meta: Readonly<Record<string, string>>;
  /** Where it is to be reached from outside its datacenter. */
  readonly wan: Place;
  readonly status: HealthStatus;
  readonly weights: { readonly passing: number; readonly warning: number };
  readonly node: {
    readonly name: string;
    readonly address: string;
    readonly wanAddress: string;
    readonly meta: Readonly<Record<string, string>>;
  };
  /** "" where Consul does not say. */
  readonly region: string;
  readonly zone: string;
}
