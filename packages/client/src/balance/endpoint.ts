import type { Address } from "@namerkit/core";

/** One ip:port of a balancer, for as long as it is in the address set, and after that until its last lease ends. */
export class Endpoint {
  readonly key: string;
  /** As last announced: weight and meta may change, ip and port never do. */
  address: Address;
  /** Leases that have not ended. */
  load = 0;
  /** Passed over while others are open, until this time of the clock. 0: open. */
  busyUntil = 0;
  /** No longer in the address set; finishes what it has. */
  leaving = false;

  constructor(key: string, address: Address) {
    this.key = key;
    this.address = address;
  }
}

/** ip:port, with brackets around IPv6: what makes an endpoint the same endpoint. */
export function endpointKey(address: Address): string {
  return address.ip.includes(":") ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}
