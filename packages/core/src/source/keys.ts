import { type NamerError, toNamerError } from "../errors.js";
import type { Addr } from "../names/addr.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import type { Var } from "../values/var.js";

/** The value of each segment of a name, by the segment's name. */
export type Key<Seg extends string> = Readonly<Record<Seg, string>>;

export interface KeySpec<Seg extends string> {
  /** The names of the path elements that the namer consumes; they are the id. What follows them is the residual. At least one. */
  readonly segments: readonly Seg[];
  /** The one way of writing a key, such as in lower case, where the catalogue takes several for the same. */
  readonly canonical?: ((key: Key<Seg>) => Key<Seg>) | undefined;
  /** Names that need not be asked about: "neg", or the error that is the answer. */
  readonly reject?: ((key: Key<Seg>) => "neg" | NamerError | undefined) | undefined;
}

/** A path taken apart. */
export interface Parsed<Seg extends string> {
  readonly key: Key<Seg>;
  /** The canonical key as a path; its text identifies the key. */
  readonly path: Path;
  readonly residual: Path;
}

const neg: Activity<NameTree<Name>> = Activity.value(NameTree.neg);

/** Reads names by the segments of one namer. */
export class Keys<Seg extends string> {
  readonly #spec: KeySpec<Seg>;

  constructor(spec: KeySpec<Seg>) {
    this.#spec = spec;
  }

  /** Undefined when the path is too short to be a name. May throw what `canonical` throws. */
  parse(path: Path): Parsed<Seg> | undefined {
    const { segments, canonical } = this.#spec;
    if (path.size < segments.length) return undefined;
    let key = Object.fromEntries(segments.map((segment, i) => [segment, path.at(i)])) as Key<Seg>;
    if (canonical !== undefined) key = canonical(key);
    return {
      key,
      path: Path.of(...segments.map((segment) => key[segment])),
      residual: path.drop(segments.length),
    };
  }

  /** As `parse`; a name that it throws on is no name. */
  tryParse(path: Path): Parsed<Seg> | undefined {
    try {
      return this.parse(path);
    } catch {
      return undefined;
    }
  }

  /** The answer to a lookup: without asking anybody where that can be, else a leaf if `find` says that it exists. */
  lookup(
    path: Path,
    prefix: Path,
    find: (parsed: Parsed<Seg>) => Activity<Var<Addr> | undefined>,
  ): Activity<NameTree<Name>> {
    let parsed: Parsed<Seg> | undefined;
    let rejected: "neg" | NamerError | undefined;
    try {
      parsed = this.parse(path);
      rejected = parsed && this.#spec.reject?.(parsed.key);
    } catch (thrown) {
      return Activity.failed(toNamerError(thrown, "BIND_THREW"));
    }
    if (parsed === undefined || rejected === "neg") return neg;
    if (rejected !== undefined) return Activity.failed(rejected);
    const { residual } = parsed;
    const id = prefix.concat(parsed.path);
    return find(parsed).map((addr) =>
      addr === undefined ? NameTree.neg : NameTree.leaf(Name.bound(id, residual, addr)),
    );
  }
}

export function samePaths(a: readonly Path[], b: readonly Path[]): boolean {
  return a.length === b.length && a.every((path, i) => path.equals(b[i] as Path));
}
