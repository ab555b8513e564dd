import type { Addr } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { WeighedName } from "./bind-tree.js";
import { DeferredVar } from "./deferred.js";

/**
 * A bound tree that moves only when routing does. Trees whose leaves have the same ids and residuals in the same places are one and
 * the same; and as long as an id stays in the tree, it keeps the address Var with which it came, so that a client that is built on
 * that Var outlives every rearrangement around it. An id that leaves the tree and comes back brings its own Var again.
 */
export function settleTree(source: Activity<NameTree<BoundName>>): Activity<NameTree<BoundName>> {
  const run = new DeferredVar(() => {
    const addrs = new FirstAddrs();
    const kept = source.run.map((state) => (state.status === "ok" ? State.ok(addrs.keep(state.value)) : state));
    return Activity.of(kept).dedup(sameTree).run;
  });
  return Activity.of(run);
}

function sameTree(a: NameTree<BoundName>, b: NameTree<BoundName>): boolean {
  return NameTree.equals(a, b, Name.equals);
}

class FirstAddrs {
  #known = new Map<string, Var<Addr>>();

  keep(tree: NameTree<BoundName>): NameTree<BoundName> {
    const seen = new Map<string, Var<Addr>>();
    const kept = NameTree.map(tree, (leaf: WeighedName): BoundName => {
      // The weight is in the metadata of the addresses, and one id may stand in a union twice.
      const key = leaf.weight === undefined ? leaf.id.show() : `${leaf.id.show()} ${leaf.weight}`;
      const addr = seen.get(key) ?? this.#known.get(key) ?? leaf.addr;
      seen.set(key, addr);
      return addr === leaf.addr ? leaf : { ...leaf, addr };
    });
    this.#known = seen;
    return kept;
  }
}
