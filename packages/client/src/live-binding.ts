import {
  type Activity,
  type BoundName,
  type Closable,
  type Dtab,
  type NamerError,
  type NameTree,
  type Path,
  type State,
  toNamerError,
} from "@namerkit/core";
import { CacheEntry } from "./cache-entry.js";
import { treeKey } from "./distribution.js";
import type { Standing } from "./standing.js";
import type { TreeEntry } from "./tree-entry.js";
import type { ServiceAttachment } from "./types.js";

/** What a binding tells those around it. */
export interface BindingEvents {
  /** Got its first tree, or one that differs from the last, which was `before`. */
  treeChanged(binding: LiveBinding, before: NameTree<BoundName> | undefined): void;
  /** Nobody uses it, and it observes nothing. */
  finished(binding: LiveBinding): void;
}

/** Whoever waits for a binding to move. */
export interface BindingWaiter {
  bindingMoved(): void;
}

/**
 * One name, kept bound. *pending* until the first answer; then *named*, with the last tree that came, or *failed* while there never
 * was one. Once named, later failures and pendings change nothing, except a failure that is `final`: that one is believed. And
 * where every alternative is away, the last tree stays: nobody is refused because all endpoints look bad.
 */
export class LiveBinding extends CacheEntry {
  readonly path: Path;
  readonly local: Dtab;
  readonly attachment: ServiceAttachment | undefined;
  readonly waiters = new Set<BindingWaiter>();
  status: "pending" | "named" | "failed" = "pending";
  /** Of the last tree; meaningful while named. */
  tree: NameTree<BoundName> | undefined;
  treeKey = "";
  /** Why it failed, while failed. */
  error: NamerError | undefined;
  treeUpdates = 0;
  /** The entry that served the last request, to save the look-up; it may be stopped. */
  lastUsed: TreeEntry | undefined;
  /** With failover on death: how it stands to alternatives that are away. */
  readonly standing: Standing | undefined;
  readonly #events: BindingEvents;
  #observation: Closable | undefined;

  constructor(
    key: string,
    name: { readonly path: Path; readonly local: Dtab },
    attachment: ServiceAttachment | undefined,
    standing: Standing | undefined,
    events: BindingEvents,
  ) {
    super(key);
    this.path = name.path;
    this.local = name.local;
    this.attachment = attachment;
    this.standing = standing;
    this.#events = events;
  }

  /** Starts to observe. A throw on the way is a failed binding. */
  start(bind: () => Activity<NameTree<BoundName>>): void {
    try {
      this.#observation = bind().run.observe((state) => this.#see(state));
    } catch (thrown) {
      this.#see({ status: "failed", error: toNamerError(thrown, "BIND_THREW") });
    }
  }

  override stop(): void {
    this.#observation?.close();
    this.#observation = undefined;
    this.standing?.close();
  }

  override finish(): void {
    this.#events.finished(this);
  }

  #see(state: State<NameTree<BoundName>>): void {
    if (this.stopped) return;
    if (state.status === "ok") this.#named(state.value);
    else if (state.status === "failed" && (this.status !== "named" || state.error.final)) this.#failed(state.error);
  }

  #named(next: NameTree<BoundName>): void {
    const before = this.tree;
    const tree = next.type === "neg" && before !== undefined && this.standing?.missesSome ? before : next;
    const key = treeKey(tree);
    const same = before !== undefined && key === this.treeKey;
    if (!same) {
      this.tree = tree;
      this.treeKey = key;
      this.lastUsed = undefined;
      this.treeUpdates++;
    }
    const recovered = this.status !== "named";
    this.status = "named";
    this.error = undefined;
    if (!same) this.#events.treeChanged(this, before);
    this.standing?.settle();
    // Otherwise another tree has come meanwhile, and everybody was told of that.
    if (this.treeKey === key && (!same || recovered)) this.#wake();
  }

  #failed(error: NamerError): void {
    this.status = "failed";
    this.error = error;
    this.#wake();
  }

  #wake(): void {
    for (const waiter of [...this.waiters]) waiter.bindingMoved();
  }
}
