// The contestants: each watches a service of an API on 127.0.0.1, and tells of the addresses it has for it as often as it has news.
// `tell(service, instances)`: instances have `ip` and `port`; undefined where there is nothing to be had.
import { addressesOf, Path } from "@namerkit/core";
import { k8sNamer } from "@namerkit/k8s";
import { slicesInformer } from "./client-node.mjs";

const ours = (port, tell) => {
  const namer = k8sNamer({ host: "127.0.0.1", port, lingerMs: 0 });
  return (service) =>
    addressesOf(namer, Path.of("prod", "http", service)).observe((addr) => {
      if (addr.type === "bound") tell(service, addr.addresses);
      else if (addr.type !== "pending") tell(service, undefined);
    });
};

/** The informer, started again 5 s after an error, as its examples have it; its slices put together as its users have to. */
const clientNode = (port, tell) => async (service) => {
  const informer = await slicesInformer(port, { restartMs: 5_000 });
  const look = () => {
    const slices = informer
      .list()
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service);
    const all = slices.flatMap(({ endpoints, ports }) =>
      endpoints.flatMap(({ addresses }) => addresses.map((ip) => ({ ip, port: ports[0].port }))),
    );
    tell(service, all.length === 0 ? undefined : all);
  };
  for (const event of ["add", "update", "delete"]) informer.on(event, look);
  await informer.start();
};

/** Each: (port, tell) => (service) => void. */
export const contestants = { namerkit: ours, "client-node": clientNode };
