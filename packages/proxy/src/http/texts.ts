import type { Dtab, Path } from "@namerkit/core";

/** Bodies of the errors that the proxy answers by itself, in the words operators know from Linkerd. */

export function unknownDestination(request: { method: string; url: string; from: string }, reason: string): string {
  return `Unknown destination: Request("${request.method} ${request.url}", from ${request.from}) / ${reason}`;
}

/** `cause`: what the namer said, where it said something beyond "there is no such name". */
export function unableToRoute(service: Path, base: Dtab, local: Dtab, cause: string | undefined): string {
  const lines = [
    "Unable to route request!",
    "",
    `service name: ${service.show()}`,
    "dtab:",
    "base dtab:",
    ...entries(base),
    "override dtab:",
    ...entries(local),
  ];
  if (cause !== undefined && cause !== "") lines.push(`cause: ${cause}`);
  return lines.join("\n");
}

function entries(dtab: Dtab): string[] {
  return dtab.entries.map((entry) => `  ${entry.show()}`);
}

/** Where a request was sent, and how it came to that. */
export interface Way {
  readonly service: string;
  readonly client: string;
  readonly addresses: readonly string[];
  readonly selected: string;
  /** Steps from the service name to the client name; see resolution.ts. */
  readonly resolution: readonly string[];
}

export interface ConnectionFailure extends Way {
  /** What each connection attempt ended with. */
  readonly causes: readonly string[];
}

const shownAddresses = 20;

export function wayOf(way: Way): string[] {
  const more = way.addresses.length - shownAddresses;
  const list = way.addresses.slice(0, shownAddresses).join(", ") + (more > 0 ? `, and ${more} more` : "");
  return [
    `service name: ${way.service}`,
    `client name: ${way.client}`,
    `addresses: [${list}]`,
    `selected address: ${way.selected}`,
    "dtab resolution:",
    ...way.resolution.map((step) => `  ${step}`),
  ];
}

export function unableToConnect(failure: ConnectionFailure): string {
  const lines = [`Unable to establish connection to ${failure.selected}.`, "", ...wayOf(failure)];
  for (const cause of failure.causes) lines.push(`cause: ${cause}`);
  return lines.join("\n");
}

export function responseTimeout(limit: string): string {
  return `exceeded ${limit} to unspecified while waiting for a response for the request. Remote Info: Not Available`;
}

/** Of the time limits that a configuration sets. */
export function timedOut(limit: string): string {
  return `exceeded ${limit} to unspecified while waiting for a response for the request, including retries (if applicable). Remote Info: Not Available`;
}
