import { type Endpoint, type Namer, NamerError, type PluginEnv, watchAll } from "@namerkit/core";
import { MetadataApi } from "./api/metadata-api.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import { EndpointBook } from "./catalogue/endpoints.js";
import type { RancherConfig } from "./config.js";
import { serviceKey } from "./entries/names.js";
import { isPortName, Ports } from "./ports.js";

/** In the place of a stack: the one that the proxy's own container is of. */
const OWN_STACK = ".self";

/**
 * `/<port>/<stack>/<service>`: where a service is to be found, at the given port. One watch serves every name. Ids are canonical:
 * stack and service in lower case, a port as it was given.
 */
export function createRancherNamer(config: RancherConfig, env: PluginEnv): Namer {
  const ports = new Ports(config.portMappings);
  const api = new MetadataApi(env, config);
  const endpoints = new EndpointBook(ports, config);
  return watchAll<"port" | "stack" | "service", Catalogue>(env, {
    segments: ["port", "stack", "service"],
    canonical: ({ port, stack, service }) => ({
      port: ports.canonical(port),
      stack: stack.toLowerCase(),
      service: service.toLowerCase(),
    }),
    reject: ({ port, stack, service }) =>
      serviceKey(stack, service) === undefined || !canBePort(port, ports, config) ? "neg" : undefined,
    options: config.source,
    watch: (context) => api.watch(context),
    pick: (catalogue, { port, stack, service }): readonly Endpoint[] => {
      const name = `${stack === OWN_STACK ? ownStackOf(catalogue) : stack}/${service}`;
      return endpoints.endpointsOf(catalogue.instancesOf(name), port);
    },
    *names(catalogue) {
      for (const name of catalogue.names) {
        for (const port of new Set([...ports.names, ...catalogue.portNamesOf(name)])) {
          yield [port, ...name.split("/")];
        }
      }
    },
    state: (catalogue) => catalogue.toJSON(),
  });
}

/** Whether it may come to be one: a name that nobody knows yet may be on a label of the next container. */
function canBePort(port: string, ports: Ports, { portLabelPrefix }: RancherConfig): boolean {
  if (ports.number(port) !== undefined) return true;
  return portLabelPrefix !== "" && isPortName(port);
}

function ownStackOf({ ownStack }: Catalogue): string {
  if (ownStack !== undefined) return ownStack;
  const text = `the metadata API knows no container at our address, so that there is no stack for ${OWN_STACK} to mean`;
  throw new NamerError("NAMER_ANSWER", text);
}
