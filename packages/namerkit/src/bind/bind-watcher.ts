import { Addr, type BoundName, type Closable, encodeTree, messageOf, NameTree, type State } from "@namerkit/core";

/** What a watcher tells: the outer tree, and each inner address set under the id it belongs to. */
export interface BindListener {
  /** `error` is why the binding failed; `tree` is there only when it is Ok. */
  tree(state: "pending" | "ok" | "failed", tree: NameTree<BoundName> | undefined, error: string | null): void;
  addr(id: string, addr: Addr): void;
}

/**
 * Follows one binding on both levels and tells what changes: a tree before the addresses of its leaves, each distinct id once,
 * nothing that equals what was told last. A leaf that goes and comes back is told again.
 */
export class BindWatcher implements Closable {
  readonly #listener: BindListener;
  readonly #leaves = new Map<string, Leaf>();
  #told: string | undefined;
  #state: State<NameTree<BoundName>> = { status: "pending" };

  constructor(listener: BindListener) {
    this.#listener = listener;
  }

  /** To be called with each state of the binding. `cause` is why it is still pending, where something is known. */
  update(state: State<NameTree<BoundName>>, cause: string | null = null): void {
    this.#state = state;
    const tree = state.status === "ok" ? state.value : undefined;
    const error = state.status === "failed" ? messageOf(state.error) : state.status === "pending" ? cause : null;
    const key = JSON.stringify([state.status, tree === undefined ? null : encodeTree(tree), error]);
    if (key !== this.#told) {
      this.#told = key;
      this.#listener.tree(state.status, tree, error);
    }
    this.#follow(tree === undefined ? [] : NameTree.leaves(tree));
  }

  get state(): State<NameTree<BoundName>> {
    return this.#state;
  }

  /** The address sets as last told, by id. */
  addrs(): ReadonlyMap<string, Addr> {
    return new Map([...this.#leaves].map(([id, leaf]) => [id, leaf.told ?? Addr.pending]));
  }

  #follow(names: readonly BoundName[]): void {
    const wanted = new Map(names.map((name) => [name.id.show(), name]));
    // New ones before old ones go: what both use is not let go of in between.
    for (const [id, name] of wanted) {
      const known = this.#leaves.get(id);
      if (known?.name.addr === name.addr) continue;
      const leaf: Leaf = { name, told: known?.told, handle: undefined };
      this.#leaves.set(id, leaf);
      leaf.handle = name.addr.observe((addr) => {
        if (leaf.told !== undefined && Addr.equals(leaf.told, addr)) return;
        leaf.told = addr;
        this.#listener.addr(id, addr);
      });
      known?.handle?.close();
    }
    for (const [id, leaf] of this.#leaves) {
      if (wanted.has(id)) continue;
      this.#leaves.delete(id);
      leaf.handle?.close();
    }
  }

  close(): void {
    this.#follow([]);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

interface Leaf {
  readonly name: BoundName;
  told: Addr | undefined;
  handle: Closable | undefined;
}
