import type { Dtab } from "../names/dtab.js";
import { NameTree } from "../names/nametree.js";
import type { Path } from "../names/path.js";
import { Var } from "../values/var.js";
import { globalNamer } from "./global-namer.js";
import type { MountedNamer, SourceStatus } from "./namer.js";

/** Far more names than one request leads to, and few enough for a dtab that loops. */
const MAX_NAMES = 100;

/**
 * The freshness of every source that binding `path` may ask, alternatives included, in the order in which they would be asked.
 * It only reads the dtab and what namers say of themselves: nothing is looked up, no watch is started. This is where an error
 * body or a command finds out *why* a name is still pending.
 */
export function statusesOf(dtab: Dtab, path: Path, mounted: readonly MountedNamer[]): Var<readonly SourceStatus[]> {
  const rewrite = globalNamer();
  const seen = new Set<string>();
  const statuses: Var<SourceStatus | undefined>[] = [];
  const waiting: Path[] = [path];
  for (let next = waiting.shift(); next !== undefined && seen.size < MAX_NAMES; next = waiting.shift()) {
    const name = next.show();
    if (seen.has(name)) continue;
    seen.add(name);
    const found = dtab.lookup(next);
    if (found.type !== "neg") {
      waiting.push(...NameTree.leaves(found));
      continue;
    }
    for (const { prefix, namer } of mounted) {
      if (!next.startsWith(prefix)) continue;
      const status = namer.statusOf?.(next.drop(prefix.size));
      if (status !== undefined) statuses.push(status);
    }
    const rewritten = rewrite(next).run.sample();
    if (rewritten.status !== "ok") continue;
    for (const leaf of NameTree.leaves(rewritten.value)) if (leaf.type === "path") waiting.push(leaf.path);
  }
  return Var.collect(statuses).map((all) => all.filter((status) => status !== undefined));
}
