import { type Address, address, type Namer, type PluginEnv, watchAll } from "@namerkit/core";
import type { Catalogue } from "./catalogue.js";
import { serviceKey } from "./catalogue.js";
import type { RancherConfig } from "./config.js";
import { MetadataApi } from "./metadata-api.js";
import { Ports } from "./ports.js";

/**
 * `/<port>/<stack>/<service>`: the running containers of a service, each at its own address and the given port. One watch serves
 * every name. Ids are canonical: stack and service in lower case, a port as it was given.
 */
export function rancherNamer(config: RancherConfig, env: PluginEnv): Namer {
  const ports = new Ports(config.portMappings);
  const api = new MetadataApi(env, config);
  return watchAll<"port" | "stack" | "service", Catalogue>(env, {
    segments: ["port", "stack", "service"],
    canonical: ({ port, stack, service }) => ({
      port: ports.canonical(port),
      stack: stack.toLowerCase(),
      service: service.toLowerCase(),
    }),
    reject: ({ port }) => (ports.number(port) === undefined ? "neg" : undefined),
    options: config.source,
    watch: (context) => api.watch(context),
    pick: ({ services }, { port, stack, service }) => {
      const number = ports.number(port) as number;
      return services.get(serviceKey(stack, service))?.map((ip): Address => address(ip, number));
    },
    isEmpty: ({ services }) => services.size === 0,
    *names({ services }) {
      for (const name of services.keys()) {
        const slash = name.indexOf("/");
        for (const port of ports.names) yield [port, name.slice(0, slash), name.slice(slash + 1)];
      }
    },
    state: ({ services, skipped }) => ({ services: Object.fromEntries(services), skipped }),
  });
}
