import process from "node:process";
import {
  Activity,
  Addr,
  type BoundName,
  defineTransformer,
  Name,
  NameTree,
  type Transformer,
  type TransformerPlugin,
} from "@namerkit/core";
import * as z from "zod";
import { fromPod, neighbours } from "./neighbours.js";

const fields = z.strictObject({
  hostNetwork: z
    .boolean()
    .default(false)
    .describe(
      "Pods are on the network of their host: compare NODE_NAME with the metadata nodeName, not POD_IP with subnets.",
    ),
});
type Config = z.output<typeof fields>;

const { $schema: _, ...jsonSchema } = z.toJSONSchema(fields, { io: "input" });

/** `io.l5d.k8s.localnode`: keeps the addresses on the node that we are on. */
export const localNodePlugin: TransformerPlugin<Config> = localNode(process.env);

/** The plug-in in another environment. */
export function localNode(environment: Readonly<Record<string, string | undefined>>): TransformerPlugin<Config> {
  const own = ({ hostNetwork }: Config): string => fromPod(environment, hostNetwork ? "NODE_NAME" : "POD_IP");
  return defineTransformer<Config>({
    kind: "io.l5d.k8s.localnode",
    config: fields,
    jsonSchema,
    defaultPrefix: (config) => `/io.l5d.k8s.localnode/${own(config)}`,
    create: (config, { prefix }): Transformer => {
      const here = config.hostNetwork ? { ip: "", meta: { nodeName: own(config) } } : { ip: own(config), meta: {} };
      const near = neighbours(config);
      const one = (name: BoundName): BoundName => {
        const addr = name.addr.map((now) => kept(now, (address) => near(here, address)));
        return Name.bound(prefix.concat(name.id), name.residual, addr);
      };
      return { transform: (tree) => Activity.value(NameTree.map(tree, one)) };
    },
  });
}

/** None left is Neg inside of the leaf: the name is still there, only not here (as in Linkerd). */
function kept(addr: Addr, keep: (address: Extract<Addr, { type: "bound" }>["addresses"][number]) => boolean): Addr {
  if (addr.type !== "bound") return addr;
  const left = addr.addresses.filter(keep);
  return left.length === 0 ? Addr.neg : Addr.bound(left, addr.meta);
}
