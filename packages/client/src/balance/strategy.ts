import type { Endpoint, Rank } from "./endpoint.js";

/** How an endpoint is chosen among those of a balancer. The balancer keeps the set, the ranks and the loads; a strategy orders them. */
export interface Strategy {
  /** Membership or a weight has changed. Those that stay keep what is known of them. */
  rebuild(endpoints: readonly Endpoint[]): void;
  /** The rank of a member was `before`, and is another one now. */
  ranked(endpoint: Endpoint, before: Rank): void;
  /** The endpoint for the next request: an open one if there is any. There is at least one member. Allocates nothing. */
  pick(now: number): Endpoint;
  /** What is compared: the lower, the better. */
  loadOf(endpoint: Endpoint, now: number): number;
  /** A request has started; `endpoint.load` counts it already. */
  started(endpoint: Endpoint, now: number): void;
  /** A request has ended, maybe of an endpoint that is no longer a member; `endpoint.load` no longer counts it. */
  ended(endpoint: Endpoint, now: number): void;
  /**
   * How long a request took to be answered. Called before `ended`, once per request, if at all.
   *
   * @param answered false: it was given up, and would have taken longer
   */
  measured?(endpoint: Endpoint, now: number, tookMs: number, answered: boolean): void;
  /** The gauge below `loadbalancer` that tells which one it is; Finagle's name. */
  readonly kind: string;
  /** It reads `now`; the clock is not asked on behalf of one that does not. */
  readonly timed: boolean;
  /** How many endpoints it keeps to, if that is fewer than there are. */
  width?(): number;
}
