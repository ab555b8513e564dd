import { fieldsOf, hasCheck, pairsOf, textOf, textsOf } from "./fields.js";
import { type LabelRules, type Labels, readLabels } from "./labels.js";
import { serviceKey } from "./names.js";

/** One service, as far as names care. */
export interface Service {
  readonly uuid: string | undefined;
  /** Without its stack, in lower case. */
  readonly name: string;
  readonly stack: string;
  /** `stack/name`, in lower case. */
  readonly key: string;
  /** For a sidekick, the name of the service that it goes with; undefined for all others. */
  readonly primary: string | undefined;
  /** In lower case: `service`, `externalservice`, `dnsservice`, `loadbalancerservice`, `kubernetesservice` ... */
  readonly kind: string;
  readonly state: string | undefined;
  readonly system: boolean;
  /** There is a health check, so that a container without a health is not healthy yet. Undefined: what containers say is all there is. */
  readonly checked: boolean | undefined;
  readonly vip: string | undefined;
  readonly externalIps: readonly string[];
  readonly hostname: string | undefined;
  /** By alias, or by `stack/service` where there is none; the value is the uuid of the linked service. */
  readonly links: readonly (readonly [alias: string, target: string])[];
  readonly labels: Labels;
}

/** Reads one entry of the list of services; undefined if it is none. What it says of its containers is not read: they have a list. */
export function readService(value: unknown, rules: LabelRules): Service | undefined {
  const fields = fieldsOf(value);
  const key = fields && serviceKey(fields.stack_name, fields.name);
  if (fields === undefined || key === undefined) return undefined;
  const [stack, name] = key.split("/") as [string, string];
  const primary = textOf(fields.primary_service_name)?.toLowerCase();
  return {
    uuid: textOf(fields.uuid),
    name,
    stack,
    key,
    primary: primary === name ? undefined : primary,
    kind: textOf(fields.kind)?.toLowerCase() ?? "service",
    state: textOf(fields.state)?.toLowerCase(),
    system: fields.system === true,
    checked: hasCheck(fields.health_check),
    vip: textOf(fields.vip),
    externalIps: textsOf(fields.external_ips),
    hostname: textOf(fields.hostname),
    links: pairsOf(fields.links),
    labels: readLabels(fields.labels, rules),
  };
}

/** The state in which a service is not to be used, whatever runs of it. */
export function isInactive({ state }: Service): boolean {
  return state !== undefined && inactive.has(state);
}

const inactive: ReadonlySet<string> = new Set(["inactive", "deactivating", "removed", "removing", "purged", "purging"]);
