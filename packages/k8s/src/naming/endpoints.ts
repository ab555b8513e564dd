import type { Endpoint } from "@namerkit/core";
import type { Backend } from "../objects/backends.js";
import type { Backing, BackingSet, Family } from "../objects/backing.js";

export interface Choice {
  /** Which addresses of a service that has both; "auto": IPv4 if it has any. */
  readonly ipFamily: "auto" | "IPv4" | "IPv6" | "both";
  /** Also those that are not ready. */
  readonly notReady: boolean;
  /** The zone that we are in, if those that are to serve it are wanted. */
  readonly zone: string | undefined;
}

export interface WantedBackends {
  /** As slices call it. */
  readonly portName: string;
  /** Only pods with this host name. */
  readonly hostname: string | undefined;
  /** Only what has this value of the label. */
  readonly label: string | undefined;
}

interface Candidate {
  readonly backend: Backend;
  readonly port: number;
  readonly family: Family;
}

/**
 * The addresses of one port. Ready ones; where none is, those that are on their way out and still serve, as kube-proxy has it.
 */
export function endpointsOf(backings: readonly Backing[], wanted: WantedBackends, choice: Choice): readonly Endpoint[] {
  const all = ofFamily(candidatesOf(backings, wanted), choice.ipFamily);
  if (choice.notReady) return addresses(all);
  const ready = all.filter(({ backend }) => backend.ready);
  const usable = ready.length > 0 ? ready : all.filter(({ backend }) => backend.serving && backend.terminating);
  return addresses(inZone(usable, choice.zone));
}

function candidatesOf(backings: readonly Backing[], wanted: WantedBackends): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const { label, sets } of backings) {
    if (wanted.label !== undefined && label !== wanted.label) continue;
    for (const set of sets) addCandidates(set, wanted, found);
  }
  return found;
}

function addCandidates({ ports, backends, family }: BackingSet, wanted: WantedBackends, found: Candidate[]): void {
  for (const { name, port } of ports) {
    if (name !== wanted.portName) continue;
    for (const backend of backends) {
      if (wanted.hostname !== undefined && backend.hostname !== wanted.hostname) continue;
      found.push({ backend, port, family });
    }
  }
}

function ofFamily(all: readonly Candidate[], wanted: Choice["ipFamily"]): readonly Candidate[] {
  if (wanted === "both") return all;
  const auto = all.some(({ family }) => family === "IPv4") ? "IPv4" : "IPv6";
  const family = wanted === "auto" ? auto : wanted;
  return all.filter((one) => one.family === family || one.family === "FQDN");
}

/** By the hints that the control plane gives; all of them, unless every one has hints and some are for us, as kube-proxy has it. */
function inZone(all: readonly Candidate[], zone: string | undefined): readonly Candidate[] {
  if (zone === undefined || !all.every(({ backend }) => backend.forZones !== undefined)) return all;
  const ours = all.filter(({ backend }) => backend.forZones?.includes(zone));
  return ours.length > 0 ? ours : all;
}

/** One for each place: while slices are rearranged an endpoint may be in two. */
function addresses(all: readonly Candidate[]): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const { backend, port, family } of all) {
    const { ip, node, zone } = backend;
    const key = `${ip} ${port}`;
    if (found.has(key)) continue;
    const meta = { ...(node !== undefined && { nodeName: node }), ...(zone !== undefined && { zone }) };
    found.set(key, family === "FQDN" ? { host: ip, port, weight: 1, meta } : { ip, port, weight: 1, meta });
  }
  return [...found.values()];
}
