import { containerStates, healthStates } from "../states.js";
import type { Fields, Reader } from "./reader.js";
import type { ContainerDescription, StandaloneDescription } from "./types.js";
import type { At } from "./yaml-places.js";

const keys = ["state", "health", "labels", "ip", "host", "ports"];

/** What is different about one container of a service; null where nothing is. `hosts`: the names that there are. */
export function readContainer(reader: Reader, value: unknown, at: At, hosts: readonly string[]): ContainerDescription {
  return container(reader, reader.object(value ?? {}, at, keys), at, hosts);
}

/** A container that belongs to no service. */
export function readStandalone(
  reader: Reader,
  name: string,
  value: unknown,
  at: At,
  hosts: readonly string[],
): StandaloneDescription {
  const fields = reader.object(value ?? {}, at, [...keys, "system"]);
  const system = reader.flag(fields.system ?? false, [...at, "system"]);
  return { name, system, ...container(reader, fields, at, hosts) };
}

export function readHealth(reader: Reader, value: unknown, at: At): string | null {
  return value === null ? null : reader.oneOf(value, at, healthStates, ", or null");
}

function container(reader: Reader, fields: Fields, at: At, hosts: readonly string[]): ContainerDescription {
  const { state, health, ip, host, ports } = fields;
  return {
    state: state === undefined ? null : reader.oneOf(state, [...at, "state"], containerStates),
    health: health === undefined ? undefined : readHealth(reader, health, [...at, "health"]),
    labels: reader.labels(fields.labels, [...at, "labels"]),
    ip: ip === undefined || ip === null ? ip : reader.ip(ip, [...at, "ip"]),
    host: host === undefined ? undefined : reader.oneOf(host, [...at, "host"], hosts),
    ports:
      ports === undefined ? undefined : reader.list(ports, [...at, "ports"], (one, place) => reader.port(one, place)),
  };
}
