import { isIP } from "node:net";
import { portIn } from "./labels.js";

/** A port of a container that its host passes on to it. */
export interface PublishedPort {
  /** The address of the host that it is published on; undefined: every one. */
  readonly hostIp: string | undefined;
  readonly publicPort: number;
  readonly privatePort: number;
}

/**
 * Reads one of the `ports` of a container, `ip:public:private/protocol`. The server also writes no address, an IPv6 one with or
 * without brackets, or `%!s(<nil>)` where it means every address. Undefined for other protocols than TCP, for ranges, and for what
 * cannot be understood.
 */
export function readPublishedPort(text: string): PublishedPort | undefined {
  const [, before, publicText, privateText, protocol = "tcp"] = /^(?:(.*):)?(\d+):(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
  if (publicText === undefined || privateText === undefined || protocol.toLowerCase() !== "tcp") return undefined;
  const publicPort = portIn(publicText);
  const privatePort = portIn(privateText);
  if (publicPort === undefined || privatePort === undefined) return undefined;
  const ip = /^\[(.*)\]$/.exec(before ?? "")?.[1] ?? before;
  const given = ip !== undefined && isIP(ip) !== 0 && !anyAddress.has(ip);
  return { hostIp: given ? ip : undefined, publicPort, privatePort };
}

const anyAddress: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
