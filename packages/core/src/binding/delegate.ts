import { isNamerError, messageOf, NamerError } from "../errors.js";
import type { Dentry, Dtab } from "../names/dtab.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { simplifyDelegate } from "./delegate-simplify.js";
import type { DelegateTree } from "./delegate-tree.js";
import { MAX_ANSWERS_SIZE, MAX_PATH_SIZE, tooLong, tooManyLookups, treeSize } from "./guarded.js";
import { ask, type Lookup } from "./lookup.js";
import { Waits } from "./waits.js";

export interface DelegateOptions {
  readonly maxDepth: number;
  /** How many lookups one explanation may take, so that a dtab that multiplies cannot fill the memory. */
  readonly maxLookups: number;
  /** Ends the wait for namers that do not answer. Without one the wait has no end. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Explains, once, how `path` binds: unlike a binding, all alternatives and all branches of unions are followed, those included that
 * come too late to matter. A namer that fails is an `exception` node in its place; a loop is one too inside an alternative or a
 * union, and fails the whole explanation (BIND_DEPTH) elsewhere.
 *
 * Rejects with ABORTED when the signal fires; the message names the paths that were still waited for.
 */
export async function delegate(
  namers: Lookup,
  dtab: Dtab,
  path: Path,
  options: DelegateOptions,
): Promise<DelegateTree> {
  const explainer = new Explainer(namers, dtab, options);
  try {
    return simplifyDelegate(await explainer.explain(path, undefined, 0));
  } finally {
    explainer.stop();
  }
}

class Explainer {
  readonly #lookup: Lookup;
  readonly #entries: readonly Dentry[];
  readonly #options: DelegateOptions;
  readonly #waits: Waits;
  readonly #waiting = new Set<Path>();
  #lookups = 0;
  #size = 0;
  #exceeded: NamerError | undefined;
  #tooDeep: NamerError | undefined;

  constructor(namers: Lookup, dtab: Dtab, options: DelegateOptions) {
    this.#lookup = namers;
    this.#entries = dtab.entries.toReversed();
    this.#options = options;
    this.#waits = new Waits(options.signal);
  }

  /** One branch has failed the whole explanation: the others must not go on waiting. */
  stop(): void {
    this.#waits.close();
  }

  async explain(path: Path, dentry: Dentry | undefined, depth: number): Promise<DelegateTree> {
    const { maxLookups } = this.#options;
    if (this.#exceeded !== undefined || ++this.#lookups > maxLookups) throw this.#tooMuch();
    if (path.size > MAX_PATH_SIZE) throw tooLong(path.size);
    const matching = this.#entries.filter((one) => one.prefix.matches(path));
    const trees = matching.map((one) => ({ one, tree: this.#charged(target(one, path)) }));
    const [first] = trees;
    if (trees.length > 1) {
      const branches = trees.map(({ one, tree }) => this.#tree(path, one, tree, depth + 1));
      return { type: "alt", path, dentry, trees: await this.#branches(path, dentry, branches) };
    }
    // To a binding, a lone `~` looks like no entry at all: it asks the namers, and so the explanation has to.
    if (first === undefined || first.tree.type === "neg") {
      const answer = await this.#namers(path, dentry, depth);
      if (first === undefined || answer.type !== "neg") return answer;
    }
    return { type: "delegate", path, dentry, delegate: await this.#tree(path, first.one, first.tree, depth + 1) };
  }

  async #namers(path: Path, dentry: Dentry | undefined, depth: number): Promise<DelegateTree> {
    let tree: NameTree<Name>;
    this.#waiting.add(path);
    try {
      tree = await this.#waits.first(ask({ lookup: this.#lookup }, path));
    } catch (thrown) {
      if (this.#waits.closed) throw this.#aborted(thrown);
      return { type: "exception", path, dentry, message: messageOf(thrown) };
    } finally {
      this.#waiting.delete(path);
    }
    return tree.type === "neg"
      ? { type: "neg", path, dentry }
      : this.#tree(path, dentry, this.#charged(tree), depth + 1);
  }

  /** One for all: every branch gets it, and making an error costs more than a lookup. */
  #tooMuch(): NamerError {
    this.#exceeded ??= tooManyLookups(this.#options.maxLookups, MAX_ANSWERS_SIZE);
    return this.#exceeded;
  }

  #charged(tree: NameTree<Name>): NameTree<Name> {
    this.#size += treeSize(tree);
    if (this.#size > MAX_ANSWERS_SIZE) throw this.#tooMuch();
    return tree;
  }

  /** A tree of names that stands at `path`: `dentry` is what put it there. */
  async #tree(path: Path, dentry: Dentry | undefined, tree: NameTree<Name>, depth: number): Promise<DelegateTree> {
    if (depth > this.#options.maxDepth) {
      // One for all: a loop that also branches gets here often, and making an error costs more than a lookup.
      this.#tooDeep ??= new NamerError("BIND_DEPTH", "Max recursion level reached.");
      throw this.#tooDeep;
    }
    switch (tree.type) {
      case "neg":
        return { type: "neg", path: Path.empty, dentry };
      case "leaf":
        if (tree.value.type === "bound") return { type: "leaf", path, dentry, bound: tree.value };
        return this.explain(tree.value.path, dentry, depth);
      case "alt": {
        const branches = tree.trees.map((one) => this.#tree(path, dentry, one, depth));
        if (branches.length < 2) return this.#single(path, dentry, branches[0]);
        return { type: "alt", path, dentry, trees: await this.#branches(path, dentry, branches) };
      }
      case "union": {
        const branches = tree.trees.map((one) => this.#tree(path, dentry, one.tree, depth));
        if (branches.length < 2) return this.#single(path, dentry, branches[0]);
        const explained = await this.#branches(path, dentry, branches);
        const trees = explained.map((one, i) => ({ weight: tree.trees[i]?.weight ?? 1, tree: one }));
        return { type: "union", path, dentry, trees };
      }
      default:
        return { type: tree.type, path, dentry };
    }
  }

  async #single(
    path: Path,
    dentry: Dentry | undefined,
    branch: Promise<DelegateTree> | undefined,
  ): Promise<DelegateTree> {
    return branch === undefined
      ? { type: "neg", path, dentry }
      : { type: "delegate", path, dentry, delegate: await branch };
  }

  /** What fails in one branch is shown there, and the others go on. */
  #branches(
    path: Path,
    dentry: Dentry | undefined,
    branches: readonly Promise<DelegateTree>[],
  ): Promise<readonly DelegateTree[]> {
    const explained = branches.map((branch) =>
      branch.catch((thrown: unknown): DelegateTree => {
        if (this.#waits.closed || (isNamerError(thrown) && thrown.code === "BIND_BREADTH")) throw thrown;
        return { type: "exception", path, dentry, message: messageOf(thrown) };
      }),
    );
    return Promise.all(explained);
  }

  #aborted(thrown: unknown): NamerError {
    const paths = [...this.#waiting].slice(0, 5).map((path) => path.show());
    return new NamerError("ABORTED", `still waiting for an answer about ${paths.join(", ")}`, { cause: thrown });
  }
}

function target(dentry: Dentry, path: Path): NameTree<Name> {
  const rest = path.drop(dentry.prefix.size);
  return NameTree.map(dentry.dst, (prefix) => Name.path(prefix.concat(rest)));
}
