import type { Service } from "../objects/read-service.js";

/** A port of a name as a number, where it is one: what the Service itself listens on. */
export function numberOf(port: string): number | undefined {
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

/**
 * What the port of a name is called in EndpointSlices and Endpoints, which have the name of the *service's* port with the number of the
 * pods': so it does not matter whether its targetPort is a number, or a name that pods understand differently. Undefined: the service has
 * no such port.
 */
export function portNameOf(port: string, service: Service | undefined): string | undefined {
  const number = numberOf(port);
  if (number === undefined) return port;
  return service?.ports.find((one) => one.port === number)?.name;
}

/** The number of a port of a service that has nothing but another name: as it says, or where it says nothing, as the name does. */
export function externalPort(port: string, { ports }: Service): number | undefined {
  const number = numberOf(port);
  if (number === undefined) return ports.find(({ name }) => name === port)?.port;
  return ports.length === 0 || ports.some((one) => one.port === number) ? number : undefined;
}
