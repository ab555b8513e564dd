import { BlockList, isIP } from "node:net";
import { type Address, NamerError } from "@namerkit/core";

/** Whether two addresses are on one node. */
export type Neighbours = (a: Pick<Address, "ip" | "meta">, b: Pick<Address, "ip" | "meta">) => boolean;

/** Pods on the network of their host share its addresses with others, and only their metadata tells where they are. */
export function neighbours({ hostNetwork }: { readonly hostNetwork: boolean }): Neighbours {
  return hostNetwork ? onSameNode : onSameSubnet;
}

const onSameNode: Neighbours = (a, b) => {
  const { nodeName } = a.meta;
  return nodeName !== undefined && nodeName === b.meta["nodeName"];
};

/** Each node has a network of its own for its pods: a /24 of IPv4, as Linkerd has it, and a /64 of IPv6. */
const onSameSubnet: Neighbours = (a, b) => {
  const [one, other] = [isIP(a.ip), isIP(b.ip)];
  return one !== 0 && one === other && subnetOf(a.ip).check(b.ip, one === 6 ? "ipv6" : "ipv4");
};

function subnetOf(ip: string): BlockList {
  const list = new BlockList();
  if (isIP(ip) === 6) list.addSubnet(ip, 64, "ipv6");
  else list.addSubnet(ip, 24, "ipv4");
  return list;
}

/** What an environment variable of a pod holds. @throws NamerError NAMER_CONFIG */
export function fromPod(
  environment: Readonly<Record<string, string | undefined>>,
  name: "POD_IP" | "NODE_NAME",
): string {
  const value = environment[name];
  if (value !== undefined && value !== "") return value;
  const what = name === "POD_IP" ? "the pod's IP" : "the node's name";
  throw new NamerError("NAMER_CONFIG", `${name} env variable must be set to ${what}`);
}
