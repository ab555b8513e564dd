import { BlockList, isIP } from "node:net";

/** Addresses by what they are, not by how they are written: `::1` and `0:0::1`, `::ffff:10.0.0.1` and `10.0.0.1` are the same. */
export class IpSet {
  readonly #list = new BlockList();

  constructor(ips: Iterable<string>) {
    for (const ip of ips) this.#list.addAddress(ip, familyOf(ip));
  }

  has(ip: string): boolean {
    return isIP(ip) !== 0 && this.#list.check(ip, familyOf(ip));
  }
}

function familyOf(ip: string): "ipv4" | "ipv6" {
  return isIP(ip) === 6 ? "ipv6" : "ipv4";
}
