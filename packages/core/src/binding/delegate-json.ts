import type { Addr, Address } from "../names/addr.js";
import type { Dentry } from "../names/dtab.js";
import type { BoundName } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { DelegateTree, WeightedDelegate } from "./delegate-tree.js";
import { Waits } from "./waits.js";

const failPrefix = Path.of("$", "fail");

/**
 * The JSON of /delegator.json, in Linkerd's shape. Waits until every leaf's addresses have left Pending; once the signal fires, those
 * that have not are written as pending.
 */
export async function encodeDelegateTree(
  tree: DelegateTree,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<unknown> {
  const waits = new Waits(options.signal);
  try {
    return await encode(tree, waits);
  } finally {
    waits.close();
  }
}

async function encode(tree: DelegateTree, waits: Waits): Promise<object> {
  const { type } = tree;
  const step = { type, path: shownPath(tree), ...dentryOf(tree.dentry) };
  switch (tree.type) {
    case "exception":
      return { ...step, message: tree.message };
    case "delegate":
      return { ...step, delegate: await encode(tree.delegate, waits) };
    case "leaf":
      return { ...step, bound: await encodeBound(tree.bound, waits) };
    case "alt":
      return { ...step, alt: await Promise.all(tree.trees.map((one) => encode(one, waits))) };
    case "union": {
      const branch = async (one: WeightedDelegate) => ({ weight: one.weight, tree: await encode(one.tree, waits) });
      return { ...step, union: await Promise.all(tree.trees.map(branch)) };
    }
    case "transformation": {
      const [bound, inner] = await Promise.all([encodeBound(tree.bound, waits), encode(tree.tree, waits)]);
      return { type, path: step.path, name: tree.name, bound, tree: inner };
    }
    default:
      return step;
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

async function encodeBound(bound: BoundName, waits: Waits): Promise<object> {
  return { addr: encodeAddr(await settled(bound.addr, waits)), id: bound.id.show(), path: bound.residual.show() };
}

async function settled(addr: Var<Addr>, waits: Waits): Promise<Addr> {
  const known = Activity.of(addr.map((value) => (value.type === "pending" ? State.pending : State.ok(value))));
  try {
    return await waits.first(known);
  } catch (thrown) {
    if (waits.closed) return addr.sample();
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
