import { type Dtab, NameTree } from "@namerkit/core";

/** How many names a table holds, prefixes and destinations together: what it costs to keep, and roughly to follow. */
export function delegations(dtab: Dtab): number {
  let count = 0;
  for (const { dst } of dtab.entries) count += 1 + NameTree.leaves(dst).length;
  return count;
}
