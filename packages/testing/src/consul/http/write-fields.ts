import type { CheckStatus, TaggedAddress } from "../store/records.js";
import type { CheckDescription, InstanceDescription } from "../store/registration.js";

type Fields = Readonly<Record<string, unknown>>;

export const textIn = (value: unknown): string => (typeof value === "string" ? value : "");
export const fieldsIn = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const numberIn = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** An instance as JSON has it. The agent calls the service `Name`, the catalogue `Service`. */
export function instanceIn(fields: Fields): InstanceDescription & { readonly name: string } {
  const weights = fieldsIn(fields.Weights);
  const proxyFor = textIn(fieldsIn(fields.Proxy).DestinationServiceName);
  const name = textIn(fields.Name) || textIn(fields.Service);
  return {
    name,
    id: textIn(fields.ID) || name,
    address: textIn(fields.Address),
    port: numberIn(fields.Port, 0),
    tags: listIn(fields.Tags).map(textIn),
    weights: { passing: numberIn(weights.Passing, 1), warning: numberIn(weights.Warning, 1) },
    taggedAddresses: fieldsIn(fields.TaggedAddresses) as Record<string, TaggedAddress>,
    ...(fields.Meta === undefined || fields.Meta === null ? {} : { meta: textsIn(fields.Meta) }),
    ...(proxyFor === "" ? {} : { proxyFor }),
    ...(fieldsIn(fields.Connect).Native === true ? { native: true } : {}),
    ...(textIn(fields.PeerName) === "" ? {} : { peer: textIn(fields.PeerName) }),
  };
}

/** `Check` and `Checks`. */
export function checksIn(fields: Fields): readonly Fields[] {
  return [...(fields.Check === undefined ? [] : [fields.Check]), ...listIn(fields.Checks)].map(fieldsIn);
}

/** A check that an agent is to make: critical until it has been made. */
export function agentCheckIn(fields: Fields): CheckDescription {
  const kinds = { TTL: "ttl", HTTP: "http", TCP: "tcp", GRPC: "grpc", Args: "script", AliasService: "alias" };
  const [, type = ""] = Object.entries(kinds).find(([field]) => field in fields) ?? [];
  const status = textIn(fields.Status) || "critical";
  return { ...checkIn(fields), status: status as CheckStatus, type };
}

/** A check as the catalogue is told of it. */
export function checkIn(fields: Fields): CheckDescription {
  const [id, name] = [textIn(fields.CheckID) || textIn(fields.ID), textIn(fields.Name)];
  return {
    ...(id === "" ? {} : { id }),
    ...(name === "" ? {} : { name }),
    status: (textIn(fields.Status) || "critical") as CheckStatus,
    notes: textIn(fields.Notes),
    output: textIn(fields.Output),
  };
}

export function textsIn(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsIn(value)).map(([key, text]) => [key, textIn(text)]));
}
