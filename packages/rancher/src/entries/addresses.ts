import { BlockList, isIP, isIPv4 } from "node:net";

const oddIpv6 = new BlockList();
oddIpv6.addAddress("::", "ipv6");
// An IPv4 address in disguise would be a second endpoint for the same place.
oddIpv6.addSubnet("::ffff:0:0", 96, "ipv6");

/**
 * The address as it goes into an endpoint, IPv6 in lower case; undefined unless it is a literal that traffic may be sent to. Sent to
 * an unspecified or a loopback address it would reach the machine of the proxy, and that is never where Rancher runs a container.
 */
export function usableIp(text: unknown, allowLoopback: boolean): string | undefined {
  if (typeof text !== "string") return undefined;
  if (isIPv4(text)) {
    if (text.startsWith("0.") || (text.startsWith("127.") && !allowLoopback)) return undefined;
    return text;
  }
  if (isIP(text) === 0 || text.includes("%") || oddIpv6.check(text, "ipv6")) return undefined;
  if (isIpv6Loopback(text) && !allowLoopback) return undefined;
  return text.toLowerCase();
}

const loopback = new BlockList();
loopback.addAddress("::1", "ipv6");

function isIpv6Loopback(text: string): boolean {
  return loopback.check(text, "ipv6");
}

/**
 * The host name as it is looked up, in lower case; undefined for those that mean the machine of the proxy. A name whose last part is a
 * number is none: resolvers read `127.1`, `2130706433` and `0x7f.1` as addresses.
 */
export function usableHost(text: string, allowLoopback: boolean): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (/(^|\.)(\d+|0x[\da-f]*)$/.test(name)) return undefined;
  const local = name === "localhost" || name.endsWith(".localhost");
  return local && !allowLoopback ? undefined : name;
}
