import { usableIp } from "./addresses.js";

/**
 * What one entry of the list of containers comes to: an address of a service, or one of the reasons why it is none. "unused" is
 * nothing odd (it does not run, or belongs to no service); "odd" cannot be understood or sent to, and is counted.
 */
export type Entry = { readonly service: string; readonly ip: string } | "unused" | "odd";

/**
 * Reads one container. It counts if its `state` is exactly "running" (servers of before 2016 do not tell the state, so its absence
 * is believed), if it has a stack and a service, and if its `primary_ip` can be used.
 */
export function readContainer(value: unknown, allowLoopback: boolean): Entry {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "odd";
  const { state, stack_name: stack, service_name: service, primary_ip: primaryIp } = value as Fields;
  if (state != null && state !== "running") return "unused";
  // Standalone containers.
  if (stack == null || service == null) return "unused";
  const name = serviceKey(stack, service);
  const ip = usableIp(primaryIp, allowLoopback);
  return name === undefined || ip === undefined ? "odd" : { service: name, ip };
}

/** Names are compared without regard to case. Undefined for what is no name in Rancher: with a slash, `a/b` + `c` would be `a` + `b/c`. */
export function serviceKey(stack: unknown, service: unknown): string | undefined {
  if (!isName(stack) || !isName(service)) return undefined;
  return `${stack}/${service}`.toLowerCase();
}

function isName(text: unknown): text is string {
  return typeof text === "string" && text !== "" && !text.includes("/");
}

interface Fields {
  readonly state?: unknown;
  readonly stack_name?: unknown;
  readonly service_name?: unknown;
  readonly primary_ip?: unknown;
}
