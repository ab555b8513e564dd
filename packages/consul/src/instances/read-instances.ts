import { NamerError } from "@namerkit/core";
import { worstOf } from "./checks.js";
import { type Fields, fieldsIn, isFields, textIn, textMapIn, textsIn } from "./fields.js";
import type { Instance, Place } from "./instance.js";

export interface Read {
  readonly instances: readonly Instance[];
  /** How many entries could not be understood. */
  readonly odd: number;
}

/**
 * The instances in an answer to /v1/catalog/service, /v1/health/service, /v1/health/connect or /v1/query/…/execute.
 * See https://developer.hashicorp.com/consul/api-docs/health and …/catalog.
 *
 * @throws NamerError NAMER_ANSWER if it is no list, or if nothing of it is understood: a name must not become empty by a mistake
 */
export function readInstances(answer: unknown, request: string): Read {
  const list = isFields(answer) ? answer.Nodes : answer;
  // What Go writes of an empty list that nobody has made.
  if (list === null && answer !== null) return { instances: [], odd: 0 };
  if (!Array.isArray(list)) throw new NamerError("NAMER_ANSWER", `${request}: expected a list of instances`);
  const instances: Instance[] = [];
  for (const entry of list) {
    const instance = readInstance(entry);
    if (instance !== undefined) instances.push(instance);
  }
  if (list.length > 0 && instances.length === 0) {
    throw new NamerError("NAMER_ANSWER", `${request}: none of ${list.length} instances can be understood`);
  }
  return { instances, odd: list.length - instances.length };
}

/** Undefined for what is no instance. */
export function readInstance(entry: unknown): Instance | undefined {
  if (!isFields(entry)) return undefined;
  return "Service" in entry ? ofHealth(entry) : ofCatalog(entry);
}

function ofHealth(entry: Fields): Instance | undefined {
  const { Service: service, Node: node, Checks } = entry;
  if (!isFields(service) || !isFields(node)) return undefined;
  const port = portIn(service.Port);
  if (port === undefined || !isTextOrNone(service.Address) || !isTextOrNone(node.Address)) return undefined;
  return {
    id: textIn(service.ID),
    service: textIn(service.Service),
    tags: textsIn(service.Tags),
    address: textIn(service.Address),
    port,
    meta: textMapIn(service.Meta),
    wan: wanIn(service.TaggedAddresses),
    status: worstOf(Checks),
    weights: weightsIn(service.Weights),
    node: {
      name: textIn(node.Node),
      address: textIn(node.Address),
      wanAddress: textIn(fieldsIn(node.TaggedAddresses).wan),
      meta: textMapIn(node.Meta),
    },
    ...localityIn(service.Locality, node.Locality),
  };
}

function ofCatalog(entry: Fields): Instance | undefined {
  const port = portIn(entry.ServicePort);
  if (port === undefined || !isTextOrNone(entry.ServiceAddress) || !isTextOrNone(entry.Address)) return undefined;
  if (entry.ServicePort === undefined && entry.Node === undefined) return undefined;
  return {
    id: textIn(entry.ServiceID),
    service: textIn(entry.ServiceName),
    tags: textsIn(entry.ServiceTags),
    address: textIn(entry.ServiceAddress),
    port,
    meta: textMapIn(entry.ServiceMeta),
    wan: wanIn(entry.ServiceTaggedAddresses),
    status: "passing",
    weights: weightsIn(entry.ServiceWeights),
    node: {
      name: textIn(entry.Node),
      address: textIn(entry.Address),
      wanAddress: textIn(fieldsIn(entry.TaggedAddresses).wan),
      meta: textMapIn(entry.NodeMeta),
    },
    ...localityIn(entry.ServiceLocality, entry.NodeLocality ?? entry.Locality),
  };
}

/** 0 is none, which Consul allows. Undefined for what is no port at all. */
function portIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function wanIn(tagged: unknown): Place {
  const { Address, Port } = fieldsIn(fieldsIn(tagged).wan);
  return { host: textIn(Address), port: portIn(Port) ?? 0 };
}

function weightsIn(weights: unknown): Instance["weights"] {
  const { Passing, Warning } = fieldsIn(weights);
  return { passing: weightIn(Passing), warning: weightIn(Warning) };
}

function weightIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 1;
}

/** That of the service where it has one; it is that of the node otherwise. */
function localityIn(...from: readonly unknown[]): { readonly region: string; readonly zone: string } {
  const { Region, Zone } = fieldsIn(from.find(isFields));
  return { region: textIn(Region), zone: textIn(Zone) };
}
