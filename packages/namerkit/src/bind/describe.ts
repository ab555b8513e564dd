import { type Addr, type BoundName, encodeAddr, type NameTree } from "@namerkit/core";

/** A bound tree as people read it: ids and weights, without addresses. */
export function showTree(tree: NameTree<BoundName>): string {
  switch (tree.type) {
    case "leaf":
      return tree.value.residual.isEmpty
        ? tree.value.id.show()
        : `${tree.value.id.show()} (residual ${tree.value.residual.show()})`;
    case "union":
      return tree.trees.map(({ weight, tree: branch }) => `${weight} * ${showTree(branch)}`).join(" & ");
    case "alt":
      return tree.trees.map(showTree).join(" | ");
    default:
      return tree.type;
  }
}

export function showAddr(addr: Addr): string {
  const encoded = encodeAddr(addr) as { type: string; cause?: string; addrs?: { ip: string; port: number }[] };
  if (encoded.type === "failed") return `failed: ${encoded.cause}`;
  if (encoded.addrs === undefined) return encoded.type;
  if (encoded.addrs.length === 0) return "no addresses";
  return encoded.addrs.map(({ ip, port }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)).join(" ");
}
