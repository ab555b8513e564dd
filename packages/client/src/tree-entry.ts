import type { BoundName, NameTree } from "@namerkit/core";
import { CacheEntry } from "./cache-entry.js";
import type { ClientEntry } from "./client-entry.js";
import { Distribution } from "./distribution.js";

/** A bound tree and its distribution; shared by every name that resolves to an equal tree. */
export class TreeEntry extends CacheEntry {
  readonly tree: NameTree<BoundName>;
  readonly distribution: Distribution;

  constructor(key: string, tree: NameTree<BoundName>) {
    super(key);
    this.tree = tree;
    this.distribution = new Distribution(tree);
  }

  override stop(): void {}

  override finish(): void {}
}

/** One leaf: an id with its residual. Leaves that differ in the residual only share a client. */
export class BoundEntry extends CacheEntry {
  readonly name: BoundName;
  readonly clientKey: string;
  lastUsed: ClientEntry | undefined;

  constructor(key: string, name: BoundName) {
    super(key);
    this.name = name;
    this.clientKey = name.id.show();
  }

  override stop(): void {
    this.lastUsed = undefined;
  }

  override finish(): void {}
}
