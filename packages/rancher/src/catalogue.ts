import { isIP, isIPv4 } from "node:net";
import { NamerError } from "@namerkit/core";

/** One answer of the metadata API: the addresses of the running containers, by service. */
export class Catalogue {
  /** By `stack/service` in lower case. Lists are in no particular order and without repetition. */
  readonly services: ReadonlyMap<string, readonly string[]>;
  /** Entries that could not be used: no address, an odd one, or not a container at all. */
  readonly skipped: number;

  constructor(services: ReadonlyMap<string, readonly string[]>, skipped: number) {
    this.services = services;
    this.skipped = skipped;
  }
}

export interface ReadOptions {
  readonly allowLoopback: boolean;
}

/**
 * Reads the list of containers. Entries are taken one by one: an odd one is left out and counted, never the list.
 *
 * A container is in it if it runs (`state` is "running"; servers too old to tell are believed), belongs to a service, and has a
 * `primary_ip` that traffic can be sent to. A list that is `null` is an empty one: the server writes it so.
 *
 * @throws NamerError NAMER_ANSWER if it is no list
 */
export function readContainers(answer: unknown, options: ReadOptions): Catalogue {
  if (answer === null) return new Catalogue(new Map(), 0);
  if (!Array.isArray(answer)) {
    throw new NamerError(
      "NAMER_ANSWER",
      `the metadata API answered ${kindOf(answer)} where a list of containers was expected`,
    );
  }
  const services = new Map<string, string[]>();
  let skipped = 0;
  for (const entry of answer as readonly unknown[]) {
    if (typeof entry !== "object" || entry === null) {
      skipped++;
      continue;
    }
    const { state, stack_name: stack, service_name: service, primary_ip: ip } = entry as Entry;
    if (state !== undefined && state !== null && state !== "running") continue;
    // Standalone containers belong to no service, and are nothing odd.
    if (stack == null || service == null) continue;
    if (typeof stack !== "string" || typeof service !== "string" || !usable(ip, options.allowLoopback)) {
      skipped++;
      continue;
    }
    const name = serviceKey(stack, service);
    const known = services.get(name);
    if (known === undefined) services.set(name, [ip]);
    else if (!known.includes(ip)) known.push(ip);
  }
  return new Catalogue(services, skipped);
}

/** Names are compared without regard to case, and before 2016-07-29 the API tells them as they were typed. */
export function serviceKey(stack: string, service: string): string {
  return `${stack}/${service}`.toLowerCase();
}

interface Entry {
  readonly state?: unknown;
  readonly stack_name?: unknown;
  readonly service_name?: unknown;
  readonly primary_ip?: unknown;
}

/** Traffic to a loopback or unspecified address would reach the proxy's own machine. */
function usable(ip: unknown, allowLoopback: boolean): ip is string {
  if (typeof ip !== "string" || isIP(ip) === 0) return false;
  if (isIPv4(ip)) return !ip.startsWith("0.") && (allowLoopback || !ip.startsWith("127."));
  const plain = ip.toLowerCase();
  if (/^[0:.]+$/.test(plain) || plain.includes("%")) return false;
  if (/^[0:]+:ffff:/.test(plain)) return false;
  return allowLoopback || !/^[0:]+:0*1$/.test(plain);
}

function kindOf(value: unknown): string {
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
