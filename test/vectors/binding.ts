import {
  Activity,
  Addr,
  address,
  type BoundName,
  createInterpreter,
  type InetResolver,
  type Interpreter,
  type MountedNamer,
  type MutableVar,
  NAMETREE_WEIGHT,
  Name,
  type Namer,
  NamerError,
  NameTree,
  Path,
  State,
  Var,
} from "@namerkit/core";
import type { VectorCase } from "./adapter.js";

// The notation that bind.json and delegate.json have in common; each file's `about` explains it.

export interface AddrJson {
  readonly type: "bound" | "neg" | "pending" | "failed";
  readonly addresses?: readonly { readonly host: string; readonly port: number }[];
  readonly cause?: string;
}
interface BoundJson {
  readonly id: string;
  readonly residual: string;
  readonly addr: AddrJson;
  readonly weightMeta?: number;
}
export type TreeJson =
  | { readonly type: "neg" | "fail" | "empty" }
  | { readonly type: "leaf"; readonly bound: BoundJson }
  | { readonly type: "alt"; readonly trees: readonly TreeJson[] }
  | { readonly type: "union"; readonly trees: readonly { readonly weight: number; readonly tree: TreeJson }[] };
export interface StateJson {
  readonly state: "pending" | "ok" | "failed";
  readonly tree?: string | TreeJson;
  readonly message?: string;
}
interface NamerJson {
  readonly prefix: string;
  readonly segments?: number;
  readonly names?: Readonly<Record<string, StateJson | { readonly addr: AddrJson }>>;
  readonly always?: StateJson;
}

/** Hands the host back as if it were an address: the files say what DNS would be asked, not what it would say. */
export const inet: InetResolver = (host, port) => Var.value(Addr.bound([address(host, port)]));

export function interpreterOf(one: VectorCase): Interpreter {
  const namers = ((one["namers"] ?? []) as readonly NamerJson[]).map(mounted);
  const maxDepth = one["maxDepth"];
  return createInterpreter(typeof maxDepth === "number" ? { namers, inet, maxDepth } : { namers, inet });
}

function mounted(json: NamerJson): MountedNamer {
  const prefix = Path.parse(json.prefix);
  return { prefix, namer: { lookup: (path) => Activity.of(Var.value(answer(json, prefix, path))) } };
}

function answer({ segments = 0, names = {}, always }: NamerJson, prefix: Path, path: Path): State<NameTree<Name>> {
  if (always !== undefined) return stateOf(always);
  const used = path.take(segments);
  const found = names[used.show()];
  if (path.size < segments || found === undefined) return State.ok<NameTree<Name>>(NameTree.neg);
  if (!("addr" in found)) return stateOf(found);
  return State.ok(NameTree.leaf(Name.bound(prefix.concat(used), path.drop(segments), Var.value(addrOf(found.addr)))));
}

export function stateOf({ state, tree, message }: StateJson): State<NameTree<Name>> {
  if (state === "pending") return State.pending;
  if (state === "failed") return State.failed(new NamerError("TEST", message ?? ""));
  if (typeof tree === "string") return State.ok(NameTree.map(NameTree.parse(tree), Name.path));
  if (tree === undefined) throw new Error("an ok state without a tree");
  return State.ok(treeOf(tree));
}

function treeOf(json: TreeJson): NameTree<Name> {
  switch (json.type) {
    case "leaf": {
      const { id, residual, addr } = json.bound;
      return NameTree.leaf(Name.bound(Path.parse(id), Path.parse(residual), Var.value(addrOf(addr))));
    }
    case "alt":
      return NameTree.alt(...json.trees.map(treeOf));
    case "union":
      return NameTree.union(...json.trees.map(({ weight, tree }) => NameTree.weighted(weight, treeOf(tree))));
    default:
      return { type: json.type };
  }
}

function addrOf(json: AddrJson): Addr {
  if (json.type === "failed") return Addr.failed(new NamerError("TEST", json.cause ?? ""));
  if (json.type !== "bound") return { type: json.type };
  return Addr.bound((json.addresses ?? []).map(({ host, port }) => address(host, port)));
}

/** A live namer for a sequence: names not yet set are pending. */
export function settableNamer(): Namer & { set(name: string, state: StateJson): void } {
  const states = new Map<string, MutableVar<State<NameTree<Name>>>>();
  const cell = (name: string): MutableVar<State<NameTree<Name>>> => {
    const known = states.get(name) ?? Var.mutable<State<NameTree<Name>>>(State.pending);
    states.set(name, known);
    return known;
  };
  return {
    set: (name, state) => cell(name).update(stateOf(state)),
    lookup: (path) => Activity.of(cell(path.show())),
  };
}

/** A bound tree in the notation of the files. */
export function encodeBound(tree: NameTree<BoundName>): unknown {
  switch (tree.type) {
    case "leaf": {
      const { id, residual, addr } = tree.value;
      const now = addr.sample();
      const weight = now.type === "bound" ? now.meta[NAMETREE_WEIGHT] : undefined;
      const bound = { id: id.show(), residual: residual.show(), addr: encodeAddress(now) };
      return { type: "leaf", bound: weight === undefined ? bound : { ...bound, weightMeta: weight } };
    }
    case "alt":
      return { type: "alt", trees: tree.trees.map(encodeBound) };
    case "union":
      return { type: "union", trees: tree.trees.map((one) => ({ weight: one.weight, tree: encodeBound(one.tree) })) };
    default:
      return { type: tree.type };
  }
}

/** Addresses as a set of host:port; of a failure only that it is one, since its words are ours. */
export function encodeAddress(addr: Addr): unknown {
  if (addr.type !== "bound") return { type: addr.type };
  return { type: "bound", addresses: addr.addresses.map(({ ip, port }) => `${literal(ip)} ${port}`).sort() };
}

/** What a case expects, in the form that the two functions above write. */
export function normal(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(normal);
  if (typeof json !== "object" || json === null) return json;
  const { cause: _, ...rest } = json as Record<string, unknown>;
  const entries = Object.entries(rest).map(([key, value]) => [key, key === "addresses" ? hosts(value) : normal(value)]);
  return Object.fromEntries(entries);
}

function hosts(addresses: unknown): string[] {
  return (addresses as { host: string; port: number }[]).map(({ host, port }) => `${literal(host)} ${port}`).sort();
}

/** The files give hosts as they stand in the path; namers give addresses. The WHATWG URL parser knows the short forms too. */
function literal(host: string): string {
  if (host === "localhost") return "127.0.0.1";
  return /^[0-9.]+$/.test(host) ? new URL(`http://${host}/`).hostname : host;
}
