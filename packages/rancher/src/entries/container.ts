import { usableIp } from "./addresses.js";
import { fieldsOf, hasCheck, textOf, textsOf } from "./fields.js";
import { type LabelRules, type Labels, readLabels } from "./labels.js";
import { serviceKey } from "./names.js";
import { type PublishedPort, readPublishedPort } from "./published-ports.js";

/** One container, as far as names care. */
export interface Container {
  readonly uuid: string | undefined;
  /** The service that it is of; undefined where the server tells none, or it is of none. */
  readonly serviceUuid: string | undefined;
  /** `stack/service`, in lower case; undefined for containers of no service. */
  readonly service: string | undefined;
  /** Undefined if it has none that traffic may be sent to. */
  readonly ip: string | undefined;
  /** The container whose network it shares, and with it the address. */
  readonly networkFrom: string | undefined;
  readonly hostUuid: string | undefined;
  /** In lower case; undefined where the server tells none. */
  readonly state: string | undefined;
  /** In lower case; undefined where nobody checks. */
  readonly health: string | undefined;
  /** It has a health check of its own. */
  readonly checked: boolean;
  readonly system: boolean;
  readonly labels: Labels;
  readonly published: readonly PublishedPort[];
}

export interface ContainerRules {
  readonly allowLoopback: boolean;
  readonly labels: LabelRules;
}

/** Reads one entry of the list of containers; undefined if it is none. */
export function readContainer(value: unknown, rules: ContainerRules): Container | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { stack_name: stack, service_name: service } = fields;
  const name = serviceKey(stack, service);
  // Of a service, but of one whose name is none. Go writes an empty text where there is no service.
  if (name === undefined && isTold(stack) && isTold(service)) return undefined;
  return {
    uuid: textOf(fields.uuid),
    serviceUuid: textOf(fields.service_uuid),
    service: name,
    ip: usableIp(fields.primary_ip, rules.allowLoopback),
    networkFrom: textOf(fields.network_from_container_uuid),
    hostUuid: textOf(fields.host_uuid),
    state: fields.state == null ? undefined : (textOf(fields.state)?.toLowerCase() ?? "unknown"),
    health: textOf(fields.health_state)?.toLowerCase(),
    checked: hasCheck(fields.health_check),
    system: fields.system === true,
    labels: readLabels(fields.labels, rules.labels),
    published: textsOf(fields.ports)
      .map(readPublishedPort)
      .filter((port) => port !== undefined),
  };
}

function isTold(value: unknown): boolean {
  return value != null && value !== "";
}
