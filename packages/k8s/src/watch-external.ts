import type { Endpoint, Found, WatchContext } from "@namerkit/core";
import type { Cluster } from "./collection/cluster.js";
import { Latest } from "./latest.js";
import type { NameKey } from "./naming/names.js";
import { externalPort } from "./naming/ports.js";
import type { Service } from "./objects/read-service.js";
import { type Told, telling } from "./watch-name.js";

/** Where the load balancer of a Service takes traffic for one of its ports: every address and every host that it tells of. */
export async function* watchExternal(
  cluster: Pick<Cluster, "services">,
  { namespace, service: name, port }: NameKey & { readonly namespace: string },
  told: Told,
  context: WatchContext,
): AsyncGenerator<Found, never, undefined> {
  const service = new Latest<Service | undefined>();
  const observed = telling<Service, Service | undefined>(service, ([first]) => first, context);
  const opened = cluster.services.observe(namespace, name, observed, told.service);
  try {
    for (;;) {
      await Latest.any([service], context.signal);
      if (service.error !== undefined) {
        told.service = service.error;
        throw service.error;
      }
      yield balancers(port, service.value);
    }
  } finally {
    opened.close();
  }
}

function balancers(port: string, service: Service | undefined): readonly Endpoint[] {
  const at = service === undefined || service.ports.length === 0 ? undefined : externalPort(port, service);
  if (service === undefined || at === undefined) return [];
  return service.ingress.map((one) => ({ ...one, port: at, weight: 1, meta: {} }));
}
