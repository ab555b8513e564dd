import { isIPv4, isIPv6 } from "node:net";

const LOOPBACK = "127.0.0.1";

/**
 * The address that a host already is: IPv4, also in the short forms of inet_aton (`127.1`), IPv6 with or without brackets, or the
 * loopback for no host at all. "bad" for a text of digits and dots that is no address, which must not be asked of a name server, and
 * undefined for names. As in core's /$/inet; a leading zero is refused because half of the world reads it as octal.
 */
export function literalAddress(host: string): string | "bad" | undefined {
  if (host === "") return LOOPBACK;
  if (isIPv4(host)) return host;
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (bare.includes(":")) return isIPv6(bare) && !bare.includes("%") ? bare.toLowerCase() : "bad";
  if (bare !== host) return "bad";
  return /^[0-9.]+$/.test(host) ? (shortIpv4(host) ?? "bad") : undefined;
}

function shortIpv4(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,9})$/.test(part))) return undefined;
  const leading = parts.slice(0, -1).map(Number);
  const last = Number(parts.at(-1));
  const room = 4 - leading.length;
  if (leading.some((byte) => byte > 255) || last >= 256 ** room) return undefined;
  const rest = Array.from({ length: room }, (_, i) => Math.floor(last / 256 ** (room - 1 - i)) % 256);
  return [...leading, ...rest].join(".");
}

/** A name that can be asked of a resolver. Underscores are in use, whatever RFC 1123 says. */
export function isHostName(host: string): boolean {
  return host.length <= 253 && /^(?!-)[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(host);
}
