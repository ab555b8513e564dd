import { type Address, address, type Namer, type PluginEnv, watchAll } from "@namerkit/core";
import type { Catalogue } from "./catalogue.js";
import type { RancherConfig } from "./config.js";
import { serviceKey } from "./container.js";
import { MetadataApi } from "./metadata-api.js";
import { Ports } from "./ports.js";

/**
 * `/<port>/<stack>/<service>`: the running containers of a service, each at its own address and the given port. One watch serves
 * every name. Ids are canonical: stack and service in lower case, a port as it was given.
 */
export function createRancherNamer(config: RancherConfig, env: PluginEnv): Namer {
  const ports = new Ports(config.portMappings);
  const api = new MetadataApi(env, config);
  return watchAll<"port" | "stack" | "service", Catalogue>(env, {
    segments: ["port", "stack", "service"],
    canonical: ({ port, stack, service }) => ({
      port: ports.canonical(port),
      stack: stack.toLowerCase(),
      service: service.toLowerCase(),
    }),
    reject: ({ port, stack, service }) =>
      ports.number(port) === undefined || serviceKey(stack, service) === undefined ? "neg" : undefined,
    options: config.source,
    watch: (context) => api.watch(context),
    pick: (catalogue, { port, stack, service }) => {
      const number = ports.number(port) ?? 0;
      return catalogue.ipsOf(`${stack}/${service}`)?.map((ip): Address => address(ip, number));
    },
    isEmpty: (catalogue) => catalogue.isEmpty,
    *names({ names }) {
      for (const port of ports.names) for (const name of names) yield [port, ...name.split("/")];
    },
    state: (catalogue) => catalogue.toJSON(),
  });
}
