import type { Address } from "@namerkit/core";
import type { FailurePolicy } from "../health/policy.js";

/** Gets requests. */
export const OPEN = 0;
/** Refused a connection a moment ago: gets requests only when nothing is open. */
export const BUSY = 1;
/** Taken for dead, and not to be probed now: gets requests only when there is nothing else at all. */
export const DEAD = 2;
export type Rank = typeof OPEN | typeof BUSY | typeof DEAD;

/**
 * One ip:port of a balancer, for as long as it is in the address set, and after that until its last lease ends. What balancing and
 * failure accrual know about it stands here, so that picking follows no reference and allocates nothing.
 */
export class Endpoint {
  readonly key: string;
  /** As last announced: weight and meta may change, ip and port never do. */
  address: Address;
  /** Leases that have not ended. */
  load = 0;
  /** No longer in the address set; finishes what it has. */
  leaving = false;

  /** The balancer's: how good it is now. Lower is better. */
  rank: Rank = OPEN;
  /** By the clock: until when it is busy or dead. Infinity while a probe is under way. */
  until = 0;

  /** Failure accrual's: taken for dead, from the failure that was one too many to the success that shows otherwise. */
  dead = false;
  /** How often it has been taken for dead. A request that began before that says nothing about what came after. */
  deaths = 0;
  /** Dead for a refused connection alone (fail fast). */
  deadFast = false;
  /** Undefined: nothing is accrued. */
  policy: FailurePolicy | undefined;

  /** The strategy's: where it stands in its list. */
  at = -1;
  /** The aperture's: where it belongs in its order. */
  order = 0;
  /** Peak EWMA's: decayed peak latency in nanoseconds, as of `stamp`. */
  cost = 0;
  /** By the clock, in milliseconds. */
  stamp = 0;

  constructor(key: string, address: Address) {
    this.key = key;
    this.address = address;
  }
}

/** One request's use of an endpoint: what is noted at its start, to know at its end what it says about the endpoint. */
export interface Use {
  endpoint: Endpoint | undefined;
  /** By the clock. */
  startedAt: number;
  /** `endpoint.deaths` at the start. */
  deaths: number;
  /** Sent to a dead endpoint to see whether it is. */
  probe: boolean;
}

/** ip:port, with brackets around IPv6: what makes an endpoint the same endpoint. */
export function endpointKey(address: Address): string {
  return address.ip.includes(":") ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}
