import { usableIp } from "./addresses.js";
import { fieldsOf, pairsOf, textOf } from "./fields.js";

/** One machine of the environment, as far as names care. */
export interface Host {
  readonly uuid: string;
  readonly name: string | undefined;
  /** Where the ports are that it publishes. */
  readonly ip: string | undefined;
  readonly told: Readonly<Record<string, string>>;
}

export interface HostRules {
  readonly allowLoopback: boolean;
  /** The labels to be told as metadata. */
  readonly told: readonly string[];
}

/** Reads one entry of the list of hosts; undefined if it is none. */
export function readHost(value: unknown, rules: HostRules): Host | undefined {
  const fields = fieldsOf(value);
  const uuid = textOf(fields?.uuid);
  if (fields === undefined || uuid === undefined) return undefined;
  return {
    uuid,
    name: textOf(fields.name) ?? textOf(fields.hostname),
    ip: usableIp(fields.agent_ip, rules.allowLoopback),
    told: Object.fromEntries(pairsOf(fields.labels).filter(([label]) => rules.told.includes(label))),
  };
}
