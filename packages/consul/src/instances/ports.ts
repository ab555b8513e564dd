import { isFields } from "./fields.js";

/**
 * The port of an instance; 0 is none, undefined what is no port at all. From 1.22 on an instance may have several, each with a name, and
 * then `Port` is missing or 0: without a name it is the default one, or the only one.
 *
 * @param ports `[{ Name, Port, Default }]`
 */
export function choosePort(port: unknown, ports: unknown, name: string | undefined): number | undefined {
  const several = Array.isArray(ports) ? ports.filter(isFields) : [];
  if (several.length === 0) return portIn(port);
  const named = name === undefined ? undefined : several.find((one) => one.Name === name);
  if (named !== undefined) return portIn(named.Port);
  if (name !== undefined) return 0;
  const only = several.length === 1 ? several[0] : undefined;
  return portIn(port) || portIn((several.find((one) => one.Default === true) ?? only)?.Port);
}

/** 0 is none, which Consul allows. Undefined for what is no port at all. */
export function portIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}
