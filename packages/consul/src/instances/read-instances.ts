import { NamerError } from "@namerkit/core";
import { lowerCase } from "../naming/lower-case.js";
import { worstOf } from "./checks.js";
import { type Fields, fieldsIn, isFields, textIn, textMapIn, textsIn } from "./fields.js";
import type { Instance, Place } from "./instance.js";
import { choosePort, portIn } from "./ports.js";

/** What was asked, to tell what is an answer to it. */
export interface Question {
  readonly request: string;
  /** Whose instances, in lower case; undefined where Consul may answer with those of others: proxies of it, or what a query chooses. */
  readonly service?: string | undefined;
  /** Which of several ports. */
  readonly portName?: string | undefined;
}

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
export function readInstances(answer: unknown, { request, service, portName }: Question): Read {
  const list = isFields(answer) ? answer.Nodes : answer;
  // What Go writes of an empty list that nobody has made.
  if (list === null && answer !== null) return { instances: [], odd: 0 };
  if (!Array.isArray(list)) throw new NamerError("NAMER_ANSWER", `${request}: expected a list of instances`);
  const instances: Instance[] = [];
  for (const entry of list) {
    const instance = readInstance(entry, portName);
    // Of another service: whoever is in between has mixed up two answers.
    if (instance !== undefined && isOf(instance, service)) instances.push(instance);
  }
  if (list.length > 0 && instances.length === 0) {
    throw new NamerError("NAMER_ANSWER", `${request}: none of ${list.length} instances can be understood`);
  }
  return { instances, odd: list.length - instances.length };
}

function isOf(instance: Instance, service: string | undefined): boolean {
  return service === undefined || instance.service === "" || lowerCase(instance.service) === service;
}

/** Undefined for what is no instance. */
export function readInstance(entry: unknown, portName?: string): Instance | undefined {
  if (!isFields(entry)) return undefined;
  return "Service" in entry ? ofHealth(entry, portName) : ofCatalog(entry, portName);
}

function ofHealth(entry: Fields, portName: string | undefined): Instance | undefined {
  const { Service: service, Node: node, Checks } = entry;
  if (!isFields(service) || !isFields(node)) return undefined;
  const port = choosePort(service.Port, service.Ports, portName);
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

function ofCatalog(entry: Fields, portName: string | undefined): Instance | undefined {
  const port = choosePort(entry.ServicePort, entry.ServicePorts, portName);
  if (port === undefined || !isTextOrNone(entry.ServiceAddress) || !isTextOrNone(entry.Address)) return undefined;
  if (entry.ServicePort === undefined && entry.ServicePorts === undefined && entry.Node === undefined) return undefined;
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
