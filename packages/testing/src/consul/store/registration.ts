import type { CheckFields, CheckStatus, NodeFields, ServiceFields, TaggedAddress } from "./records.js";

/** A check of an instance. Its status is "passing" unless said otherwise. */
export interface CheckDescription {
  /** `service:ID` by default, and `service:ID:2` for the second and so on. */
  readonly id?: string;
  readonly name?: string;
  readonly status?: CheckStatus;
  readonly notes?: string;
  readonly output?: string;
  readonly type?: string;
}

export interface NodeDescription {
  readonly name: string;
  /** 127.0.0.1 by default. */
  readonly address?: string;
  readonly id?: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly taggedAddresses?: Readonly<Record<string, string>>;
  /** Whether serf's own check of it is in the catalogue, as for a node with an agent; false by default. */
  readonly serfHealth?: boolean;
}

/** One instance of a service. */
export interface InstanceDescription {
  /** The name of the service by default. */
  readonly id?: string;
  /** "" by default, which stands for the node's. */
  readonly address?: string;
  readonly port?: number;
  readonly tags?: readonly string[];
  readonly meta?: Readonly<Record<string, string>>;
  readonly weights?: { readonly passing: number; readonly warning: number };
  readonly taggedAddresses?: Readonly<Record<string, TaggedAddress>>;
  /** Another node than the agent's own; a name alone is a node at 127.0.0.1. */
  readonly node?: string | NodeDescription;
  readonly checks?: readonly CheckDescription[];
  /** It is the Connect proxy of this service. */
  readonly proxyFor?: string;
  /** It speaks Connect by itself. */
  readonly native?: boolean;
  /** The peered cluster that it comes from. */
  readonly peer?: string;
}

export function nodeFields(description: NodeDescription): NodeFields {
  const { name, address = "127.0.0.1", id = "", meta = null, taggedAddresses = null } = description;
  return { id, name, address, meta, taggedAddresses };
}

export function serviceFields(node: string, name: string, description: InstanceDescription): ServiceFields {
  const { id = name, address = "", port = 0, tags = [], meta = null, taggedAddresses = {}, proxyFor } = description;
  const { weights = { passing: 1, warning: 1 }, native = false, peer = "" } = description;
  const kind = proxyFor === undefined ? "" : "connect-proxy";
  const rest = { kind, proxyFor: proxyFor ?? "", native, peer };
  return { node, id, name, address, port, tags, meta, taggedAddresses, weights, ...rest };
}

/** The `nth` check of a service, counted from 0. */
export function checkFields(service: ServiceFields, check: CheckDescription, nth: number): CheckFields {
  const { name = `Service '${service.name}' check`, status = "passing", notes = "", output = "", type = "" } = check;
  const id = check.id ?? `service:${service.id}${nth > 0 ? `:${nth + 1}` : ""}`;
  return { ...ownedBy(service), id, name, status, notes, output, type };
}

export function maintenanceCheck(service: ServiceFields, reason: string): CheckFields {
  const notes =
    reason || "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";
  return {
    ...ownedBy(service),
    ...maintenance,
    id: `_service_maintenance:${service.id}`,
    name: "Service Maintenance Mode",
    notes,
  };
}

export function nodeMaintenanceCheck(node: string, reason: string): CheckFields {
  const notes =
    reason || "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.";
  return { ...ofNode(node), ...maintenance, id: NODE_MAINTENANCE, name: "Node Maintenance Mode", notes };
}

/** Serf's word that the node's agent lives. */
export function serfCheck(node: string): CheckFields {
  const output = "Agent alive and reachable";
  return {
    ...ofNode(node),
    id: "serfHealth",
    name: "Serf Health Status",
    status: "passing",
    notes: "",
    output,
    type: "",
  };
}

export const NODE_MAINTENANCE = "_node_maintenance";
const maintenance = { status: "critical", output: "", type: "maintenance" } as const;

function ownedBy(service: ServiceFields) {
  return { node: service.node, serviceId: service.id, serviceName: service.name, serviceTags: service.tags };
}

function ofNode(node: string) {
  return { node, serviceId: "", serviceName: "", serviceTags: [] };
}
