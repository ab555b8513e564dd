import { Activity, Addr, type BoundName, Name, NameTree, type Path, type Transformer, Var } from "@namerkit/core";

/**
 * Keeps, of the addresses of every leaf, those that `keeps` says, as it says at the moment. None left is Neg inside of the leaf: the
 * name is still there, only not here, so that no alternative of the dtab takes its place (as in Linkerd).
 */
export function keptAddresses(prefix: Path, keeps: Var<(ip: string) => boolean>): Transformer {
  const one = (name: BoundName): BoundName => {
    const addr = Var.join(name.addr, keeps).map(([now, keep]) => kept(now, keep));
    return Name.bound(prefix.concat(name.id), name.residual, addr);
  };
  return { transform: (tree) => Activity.value(NameTree.map(tree, one)) };
}

function kept(addr: Addr, keep: (ip: string) => boolean): Addr {
  if (addr.type !== "bound") return addr;
  const left = addr.addresses.filter(({ ip }) => keep(ip));
  if (left.length === addr.addresses.length) return addr;
  return left.length === 0 ? Addr.neg : Addr.bound(left, addr.meta);
}
