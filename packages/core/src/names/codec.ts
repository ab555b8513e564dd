import { messageOf, NamerError } from "../errors.js";
import type { Var } from "../values/var.js";
import { Addr, type Address, address } from "./addr.js";
import { Dentry, DentryPrefix, Dtab } from "./dtab.js";
import { foldTree } from "./fold.js";
import { JsonReader } from "./json-reader.js";
import { type BoundName, Name } from "./name.js";
import { NameTree, type Weighted } from "./nametree.js";
import { exactTree } from "./nametree-show.js";
import { Path } from "./path.js";

/** A tree in JSON; `Leaf` is what a leaf has beside its type. Bound trees never hold an alt. */
export type TreeJson<Leaf> =
  | ({ readonly type: "leaf" } & Leaf)
  | { readonly type: "alt"; readonly trees: readonly TreeJson<Leaf>[] }
  | { readonly type: "union"; readonly trees: readonly { readonly weight: number; readonly tree: TreeJson<Leaf> }[] }
  | { readonly type: "neg" | "fail" | "empty" };
/** `path` is the residual, / if nothing is left over. */
export type BoundLeafJson = { readonly bound: { readonly id: string; readonly path: string } };
export type PathLeafJson = { readonly path: string };

export interface AddressJson {
  readonly ip: string;
  readonly port: number;
  readonly weight: number;
  readonly meta: Readonly<Record<string, string>>;
}
export type AddrJson =
  | {
      readonly type: "bound";
      readonly addrs: readonly AddressJson[];
      readonly meta: Readonly<Record<string, string | number>>;
    }
  | { readonly type: "neg" | "pending" }
  | { readonly type: "failed"; readonly cause: string };
export type DtabJson = readonly { readonly prefix: string; readonly dst: string }[];

export function encodePath(path: Path): string {
  return path.show();
}

/** All decoders throw CODEC_INVALID and say where in the JSON; fields that they do not know are ignored. */
export function decodePath(json: unknown): Path {
  return new JsonReader(json).parsed(Path.parse);
}

export function encodeTree(tree: NameTree<BoundName>): TreeJson<BoundLeafJson> {
  return encodeAny(tree, ({ id, residual }) => ({ bound: { id: id.show(), path: residual.show() } }));
}

/** `addrOf` gives the live addresses of an id; they do not travel with the tree. */
export function decodeTree(json: unknown, addrOf: (id: Path) => Var<Addr>): NameTree<BoundName> {
  return decodeAny(new JsonReader(json), (leaf) => {
    const bound = leaf.field("bound");
    const id = bound.field("id").parsed(Path.parse);
    return Name.bound(id, bound.field("path").parsed(Path.parse), addrOf(id));
  });
}

export function encodePathTree(tree: NameTree<Path>): TreeJson<PathLeafJson> {
  return encodeAny(tree, (path) => ({ path: path.show() }));
}

export function decodePathTree(json: unknown): NameTree<Path> {
  return decodeAny(new JsonReader(json), (leaf) => leaf.field("path").parsed(Path.parse));
}

/** Weights in full, unlike in the text for people. */
export function encodeDtab(dtab: Dtab): DtabJson {
  return dtab.entries.map(({ prefix, dst }) => ({ prefix: prefix.show(), dst: exactTree(dst) }));
}

export function decodeDtab(json: unknown): Dtab {
  const entries = new JsonReader(json).items().map((entry) => {
    const prefix = entry.field("prefix").parsed(DentryPrefix.parse);
    return new Dentry(prefix, entry.field("dst").parsed(NameTree.parse));
  });
  return Dtab.from(entries);
}

/** Addresses sorted by ip as text, then port, so that equal sets have equal JSON. Of a failure only the words are kept. */
export function encodeAddr(addr: Addr): AddrJson {
  if (addr.type === "failed") return { type: "failed", cause: messageOf(addr.error) };
  if (addr.type !== "bound") return { type: addr.type };
  const addrs = addr.addresses.map(({ ip, port, weight, meta }) => ({ ip, port, weight, meta }));
  return { type: "bound", addrs: addrs.sort(byIpAndPort), meta: addr.meta };
}

export function decodeAddr(json: unknown): Addr {
  const reader = new JsonReader(json);
  const type = reader.field("type");
  switch (type.text()) {
    case "neg":
      return Addr.neg;
    case "pending":
      return Addr.pending;
    case "failed":
      return Addr.failed(new NamerError("NAMER_UNAVAILABLE", reader.field("cause").text()));
    case "bound":
      return Addr.bound(reader.field("addrs").items().map(decodeAddress), reader.field("meta").record(true));
    default:
      return type.fail("is not bound, neg, pending or failed");
  }
}

function decodeAddress(reader: JsonReader): Address {
  const weight = reader.field("weight");
  const meta = reader.field("meta");
  return address(reader.field("ip").text(), reader.field("port").port(), {
    weight: weight.absent ? 1 : weight.number(),
    meta: meta.absent ? {} : meta.record(false),
  });
}

function byIpAndPort(a: AddressJson, b: AddressJson): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return a.port - b.port;
}

function encodeAny<T, Leaf>(tree: NameTree<T>, leaf: (value: T) => Leaf): TreeJson<Leaf> {
  return foldTree<T, TreeJson<Leaf>>(tree, {
    atom: (atom) => (atom.type === "leaf" ? { type: "leaf", ...leaf(atom.value) } : { type: atom.type }),
    alt: (trees) => ({ type: "alt", trees }),
    union: (trees, node) => ({
      type: "union",
      trees: trees.map((encoded, i) => ({ weight: node.trees[i]?.weight ?? 1, tree: encoded })),
    }),
  });
}

function decodeAny<T>(reader: JsonReader, leaf: (reader: JsonReader) => T): NameTree<T> {
  const type = reader.field("type");
  switch (type.text()) {
    case "leaf":
      return NameTree.leaf(leaf(reader));
    case "neg":
      return NameTree.neg;
    case "fail":
      return NameTree.fail;
    case "empty":
      return NameTree.empty;
    case "alt":
      return {
        type: "alt",
        trees: reader
          .field("trees")
          .items()
          .map((tree) => decodeAny(tree, leaf)),
      };
    case "union":
      return {
        type: "union",
        trees: reader
          .field("trees")
          .items()
          .map((branch) => decodeBranch(branch, leaf)),
      };
    default:
      return type.fail("is not leaf, alt, union, neg, fail or empty");
  }
}

function decodeBranch<T>(reader: JsonReader, leaf: (reader: JsonReader) => T): Weighted<T> {
  const weight = reader.field("weight");
  if (weight.number() < 0) weight.fail("is negative");
  return { weight: weight.number(), tree: decodeAny(reader.field("tree"), leaf) };
}
