import {
  Activity,
  Addr,
  type Address,
  addressesOf,
  type BoundName,
  defineTransformer,
  Name,
  NameTree,
  Path,
  type TransformerPlugin,
  Var,
} from "@namerkit/core";
import * as z from "zod";
import { apiFields, checkApi } from "../config/api-fields.js";
import { checkOptions } from "../config/namer-config.js";
import { createK8sNamer } from "../k8s-namer.js";
import { type Neighbours, neighbours } from "./neighbours.js";

const name = z.string().min(1, "expected a name");
const { host, port, ...access } = apiFields;

const fields = z
  .strictObject({
    k8sHost: host,
    k8sPort: port,
    ...access,
    namespace: name.describe("Of the service of the DaemonSet."),
    service: name.describe("The service whose pods, one on each node, take the traffic for their node."),
    port: z
      .union([z.string().min(1), z.int().min(1).max(65_535)])
      .transform(String)
      .describe("The port of that service, by name or number."),
    hostNetwork: z
      .boolean()
      .default(false)
      .describe("Pods are on the network of their host: go by the metadata nodeName, and not by subnets."),
  })
  .superRefine(checkApi);
type Config = z.output<typeof fields>;

const { $schema: _, ...jsonSchema } = z.toJSONSchema(fields, { io: "input" });

/** `io.l5d.k8s.daemonset`: in the place of each address, the pod of a DaemonSet that is on the same node. */
export const daemonSetPlugin: TransformerPlugin<Config> = defineTransformer<Config>({
  kind: "io.l5d.k8s.daemonset",
  config: fields,
  jsonSchema,
  defaultPrefix: ({ namespace, port: which, service }) => `/io.l5d.k8s.daemonset/${namespace}/${which}/${service}`,
  create: ({ k8sHost, k8sPort, namespace, service, port: which, hostNetwork, ...api }, env) => {
    const namer = createK8sNamer(checkOptions({ ...api, host: k8sHost, port: k8sPort }), env);
    const gateways = addressesOf(namer, Path.of(namespace, which, service));
    const near = neighbours({ hostNetwork });
    const one = (bound: BoundName): BoundName => {
      const addr = Var.join(bound.addr, gateways).map(([now, there]) => throughGateways(now, there, near));
      return Name.bound(env.prefix.concat(bound.id), bound.residual, addr);
    };
    return { transform: (tree) => Activity.value(NameTree.map(tree, one)) };
  },
});

/** Each gateway has the weight of all that it stands for. None is Neg inside of the leaf, as in Linkerd. */
function throughGateways(addr: Addr, gateways: Addr, near: Neighbours): Addr {
  if (addr.type !== "bound" || gateways.type === "pending" || gateways.type === "failed") {
    return addr.type === "bound" ? gateways : addr;
  }
  const there = gateways.type === "bound" ? gateways.addresses : [];
  const found = new Map<Address, number>();
  for (const address of addr.addresses) {
    for (const gateway of there) {
      if (near(gateway, address)) found.set(gateway, (found.get(gateway) ?? 0) + address.weight);
    }
  }
  if (found.size === 0) return Addr.neg;
  return Addr.bound(
    Array.from(found, ([gateway, weight]) => ({ ...gateway, weight })),
    addr.meta,
  );
}
