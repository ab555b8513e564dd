import { Addr, type Address } from "../names/addr.js";
import type { BoundName } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import type { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";

/**
 * All addresses behind a binding, whatever the weights: Neg if the tree evaluates to nothing, the union of all leaves otherwise.
 * For a caller that wants addresses rather than to balance over the tree itself. After Finagle's Namer.resolve.
 */
export function resolve(binding: NameTree<BoundName> | Activity<NameTree<BoundName>>): Var<Addr> {
  if ("type" in binding) return resolveTree(binding);
  return binding.run.flatMap((state) => {
    if (state.status === "ok") return resolveTree(state.value);
    return Var.value(state.status === "failed" ? Addr.failed(state.error) : Addr.pending);
  });
}

function resolveTree(tree: NameTree<BoundName>): Var<Addr> {
  const names = NameTree.eval(tree, (name) => name.id.show());
  if (names === undefined) return Var.value(Addr.neg);
  if (names.length === 1) return (names[0] as BoundName).addr;
  return Var.collect(names.map((name) => name.addr)).map(united);
}

function united(addrs: readonly Addr[]): Addr {
  const found = new Map<string, Address>();
  let bound = addrs.length === 0;
  let failed: Addr | undefined;
  let negs = 0;
  let failures = 0;
  for (const addr of addrs) {
    if (addr.type === "bound") {
      bound = true;
      for (const one of addr.addresses) {
        const key = `${one.ip} ${one.port}`;
        if (!found.has(key)) found.set(key, one);
      }
    } else if (addr.type === "neg") negs++;
    else if (addr.type === "failed") {
      failed ??= addr;
      failures++;
    }
  }
  if (bound) return Addr.bound([...found.values()]);
  if (negs === addrs.length) return Addr.neg;
  return failed !== undefined && failures === addrs.length ? failed : Addr.pending;
}
