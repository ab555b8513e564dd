import type { Addr, Address } from "../names/addr.js";
import type { Dentry } from "../names/dtab.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { DelegateTree } from "./delegate-tree.js";

const failPrefix = Path.of("$", "fail");

/**
 * The JSON of /delegator.json, in Linkerd's shape. Waits until every leaf's addresses have left Pending; once the signal fires, those
 * that have not are written as pending.
 */
export async function encodeDelegateTree(
  tree: DelegateTree,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<unknown> {
  const { signal } = options;
  const step = { path: shownPath(tree), ...dentryOf(tree.dentry) };
  switch (tree.type) {
    case "exception":
      return { type: tree.type, ...step, message: tree.message };
    case "delegate":
      return { type: tree.type, ...step, delegate: await encodeDelegateTree(tree.delegate, options) };
    case "leaf":
      return { type: tree.type, ...step, bound: await encodeBound(tree.bound, signal) };
    case "alt":
      return {
        type: tree.type,
        ...step,
        alt: await Promise.all(tree.trees.map((one) => encodeDelegateTree(one, options))),
      };
    case "union": {
      const union = tree.trees.map(async (one) => ({
        weight: one.weight,
        tree: await encodeDelegateTree(one.tree, options),
      }));
      return { type: tree.type, ...step, union: await Promise.all(union) };
    }
    case "transformation": {
      const bound = await encodeBound(tree.bound, signal);
      return {
        type: tree.type,
        path: step.path,
        name: tree.name,
        bound,
        tree: await encodeDelegateTree(tree.tree, options),
      };
    }
    default:
      return { type: tree.type, ...step };
  }
}

/** A dtab entry may end in a bare `~` or `!`, which have no path; they are shown as written. */
function shownPath(tree: DelegateTree): string {
  if (tree.type === "neg" && tree.path.isEmpty) return "~";
  if (tree.type === "fail" && !tree.path.startsWith(failPrefix)) return "!";
  return tree.path.show();
}

function dentryOf(dentry: Dentry | undefined): { dentry?: { prefix: string; dst: string } } {
  return dentry === undefined ? {} : { dentry: { prefix: dentry.prefix.show(), dst: NameTree.show(dentry.dst) } };
}

async function encodeBound(bound: { id: Path; residual: Path; addr: Var<Addr> }, signal: AbortSignal | undefined) {
  return { addr: encodeAddr(await settled(bound.addr, signal)), id: bound.id.show(), path: bound.residual.show() };
}

async function settled(addr: Var<Addr>, signal: AbortSignal | undefined): Promise<Addr> {
  const known = Activity.of(addr.map((value) => (value.type === "pending" ? State.pending : State.ok(value))));
  try {
    return await known.toPromise({ signal });
  } catch (thrown) {
    if (signal?.aborted) return { type: "pending" };
    throw thrown;
  }
}

function encodeAddr(addr: Addr): object {
  if (addr.type === "failed") return { type: addr.type, cause: addr.error.message };
  if (addr.type !== "bound") return { type: addr.type };
  return { type: addr.type, addrs: addr.addresses.toSorted(byAddress).map(encodeAddress), meta: addr.meta };
}

/** Linkerd keeps a weight among the metadata, and only where there is one. */
function encodeAddress({ ip, port, weight, meta }: Address): object {
  return { ip, port, meta: weight === 1 ? meta : { ...meta, endpoint_addr_weight: weight } };
}

function byAddress(a: Address, b: Address): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port;
}
