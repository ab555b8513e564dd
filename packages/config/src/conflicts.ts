import { isIPv6 } from "node:net";
import type { Place, Reporter } from "./reporter.js";

/** Something that will listen, and where the configuration says so. */
export interface Listener {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  readonly place: Place;
}

/** Reports every listener that cannot have its address and port because an earlier one has them. */
export function checkPorts(listeners: readonly Listener[], reporter: Reporter): void {
  const byPort = new Map<number, Listener[]>();
  for (const listener of listeners) {
    // Port 0 is any free port.
    if (listener.port === 0) continue;
    const before = byPort.get(listener.port) ?? [];
    const other = before.find((one) => collide(one.ip, listener.ip));
    if (other !== undefined)
      reporter.error(
        "SERVER_PORT_CONFLICT",
        listener.place,
        `${listener.name} and ${other.name} would both listen on port ${listener.port}${wildcardNote(other.ip, listener.ip)}`,
        "give one of them another port",
      );
    byPort.set(listener.port, [...before, listener]);
  }
}

function collide(a: string, b: string): boolean {
  const [x, y] = [canonical(a), canonical(b)];
  return x === y || isWildcard(x) || isWildcard(y);
}

function wildcardNote(a: string, b: string): string {
  const wild = [a, b].find((ip) => isWildcard(canonical(ip)));
  return wild === undefined || a === b ? "" : `: ${wild} is every address`;
}

/** :: takes the IPv4 port as well, as Node.js listens by default. */
function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

function canonical(ip: string): string {
  if (!isIPv6(ip) || ip.includes("%")) return ip.toLowerCase();
  return new URL(`http://[${ip}]/`).hostname.slice(1, -1);
}

/** Reports every label that an earlier router has. */
export function checkLabels(
  routers: readonly { readonly label: string; readonly place: Place; readonly given: boolean }[],
  reporter: Reporter,
): void {
  const seen = new Set<string>();
  for (const { label, place, given } of routers) {
    if (seen.has(label))
      reporter.error(
        "ROUTER_LABEL_CONFLICT",
        place,
        `two routers have the label ${label}`,
        given ? "give one of them another label" : "a router without a label is called by its protocol; give it one",
      );
    seen.add(label);
  }
}
