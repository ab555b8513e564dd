import { NamerError, toNamerError } from "../errors.js";
import { Addr, address } from "../names/addr.js";
import { Var } from "../values/var.js";
import type { InetResolver } from "./namer.js";

const LOOPBACK = "127.0.0.1";

/**
 * The live addresses of a host and a port as they stand in a path. Literals need no resolver; an empty host is the loopback.
 * What can never be an address is Failed, not Neg: it is a mistake in a dtab rather than something that is not there yet.
 *
 * @param bareIpv6 whether `::1` may be written without (escaped) brackets; Linkerd's /$/inet splits it at the wrong colon.
 */
export function inetAddr(
  host: string,
  portText: string,
  resolver: InetResolver | undefined,
  bareIpv6: boolean,
): Var<Addr> {
  const port = javaInt(portText);
  if (port === undefined) return failed(`bad port: ${portText}`);
  if (port < 1 || port > 65_535) return failed(`port out of range: ${port}`);
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  const ipv6 = bracketed ?? (bareIpv6 && host.includes(":") ? host : undefined);
  if (ipv6 !== undefined)
    return isIpv6(ipv6) ? literal(ipv6.toLowerCase(), port) : failed(`not an IPv6 address: ${ipv6}`);
  if (host.includes(":")) {
    return failed(
      `You must specify host and port in hosts: ${host}:${port} (for IPv6 write /$/io.buoyant.rinet/${port}/${host})`,
    );
  }
  if (host === "") return literal(LOOPBACK, port);
  if (/^[0-9.]+$/.test(host)) {
    const ipv4 = ipv4Literal(host);
    return ipv4 === undefined ? failed(`not an IPv4 address: ${host}`) : literal(ipv4, port);
  }
  if (resolver === undefined)
    return failed(`host names cannot be resolved here, no resolver was given: ${host}:${port}`, "NAMER_CONFIG");
  try {
    return resolver(host, port);
  } catch (thrown) {
    return Var.value(Addr.failed(toNamerError(thrown, "BIND_THREW")));
  }
}

function literal(ip: string, port: number): Var<Addr> {
  return Var.value(Addr.bound([address(ip, port)]));
}

function failed(message: string, code = "NAMER_ANSWER"): Var<Addr> {
  return Var.value(Addr.failed(new NamerError(code, message)));
}

/** An integer as Java's parseInt reads it: an optional sign, digits, 32 bits. */
export function javaInt(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined;
}

/**
 * Dotted decimal, also in the short forms of inet_aton: `127.1` is 127.0.0.1 and `1` is 0.0.0.1. A leading zero is refused,
 * because half of the world reads it as octal.
 */
export function ipv4Literal(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,9})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  const last = numbers.pop() as number;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  for (let shift = 3 - numbers.length; shift >= 0; shift--) numbers.push(Math.floor(last / 256 ** shift) % 256);
  return numbers.join(".");
}

/** An IPv6 address in one of the forms of RFC 4291, 2.2, without brackets and without zone. */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [i, half] of halves.entries()) {
    if (half === "") continue;
    const parts = half.split(":");
    for (const [j, part] of parts.entries()) {
      const atEnd = i === halves.length - 1 && j === parts.length - 1;
      if (atEnd && part.includes(".")) {
        if (part.split(".").length !== 4 || ipv4Literal(part) === undefined) return false;
        groups += 2;
      } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8 && text !== "";
}
