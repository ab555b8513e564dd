import type { Labels } from "../entries/labels.js";
import type { PublishedPort } from "../entries/published-ports.js";

/** One place where a service is to be found, before it is known which of its ports is asked for. */
export interface Instance {
  /** An address, or a host name if `named`. */
  readonly at: string;
  readonly named: boolean;
  readonly healthy: boolean;
  /** Of the container and of its service, the nearest first: where the name of a port, or a weight, is looked for. */
  readonly labels: readonly Labels[];
  /** Told with the address. The same object from version to version as long as it says the same. */
  readonly meta: Readonly<Record<string, string>>;
  /** Where its host publishes what; undefined for what is no container. */
  readonly published: readonly PublishedPort[] | undefined;
  /** The address of its host. */
  readonly hostIp: string | undefined;
}
