import type { Clock, Found, NamerError, WatchContext } from "@namerkit/core";
import type { Cluster } from "./collection/cluster.js";
import type { Observer } from "./collection/collection.js";
import { Latest } from "./latest.js";
import { type Choice, endpointsOf } from "./naming/endpoints.js";
import { type NameKey, podAndService } from "./naming/names.js";
import { externalPort, numberOf, portNameOf } from "./naming/ports.js";
import type { Backing } from "./objects/backing.js";
import type { Service } from "./objects/read-service.js";

export interface WatchNameEnv {
  readonly clock: Pick<Clock, "now">;
  readonly cluster: Pick<Cluster, "backings" | "services">;
  readonly choice: Choice;
}

/** What a name remembers from one attempt to the next: the failures that it has told. */
export interface Told {
  backings?: NamerError | undefined;
  service?: NamerError | undefined;
}

/**
 * The endpoints of one port of a service. By the number of the Service's port as well as by its name, so both are watched: what backs the
 * service, and the Service itself, which also tells whether it is only another name for some host (ExternalName). Where the account may
 * not read Services, names of ports work all the same.
 */
export async function* watchName(
  { cluster, choice }: WatchNameEnv,
  key: NameKey & { readonly namespace: string },
  told: Told,
  context: WatchContext,
): AsyncGenerator<Found, never, undefined> {
  const { namespace, port, label } = key;
  const { hostname, service: name } = podAndService(key.service);
  const numbered = numberOf(port) !== undefined;
  const backings = new Latest<readonly Backing[]>();
  const service = new Latest<Service | undefined>();
  const opened = [
    cluster.backings.observe(
      namespace,
      name,
      telling(backings, (items) => items, context),
      told.backings,
    ),
    cluster.services.observe(
      namespace,
      name,
      telling(service, ([first]) => first, context),
      told.service,
    ),
  ];
  try {
    for (;;) {
      await Latest.any([backings, service], context.signal);
      if (backings.error !== undefined) {
        told.backings = backings.error;
        throw backings.error;
      }
      if (numbered && service.error !== undefined) {
        told.service = service.error;
        throw service.error;
      }
      const external = service.value?.externalName;
      if (external !== undefined && hostname === undefined) {
        const at = externalPort(port, service.value as Service);
        yield at === undefined ? undefined : [{ host: external, port: at, weight: 1, meta: {} }];
        continue;
      }
      const all = backings.value;
      if (all === undefined || (numbered && !service.known)) continue;
      const portName = portNameOf(port, service.value);
      const found = portName === undefined ? [] : endpointsOf(all, { portName, hostname, label }, choice);
      // It might yet turn out to be another name for something.
      if (found.length === 0 && !service.known && service.error === undefined) continue;
      yield found;
    }
  } finally {
    for (const one of opened) one.close();
  }
}

/** What observers are told, kept for whoever looks at it next. */
export function telling<T, V>(latest: Latest<V>, of: (items: readonly T[]) => V, context: WatchContext): Observer<T> {
  return {
    changed: (items) => latest.set(of(items)),
    failed: (error) => latest.fail(error),
    alive: () => context.alive(),
    request: (text) => context.request(text),
    count: (name, n) => context.count(name, n),
  };
}
