import type { DelegateTree, MountedNamer, Path, SourceStatus } from "@namerkit/core";
import { showAddr } from "./describe.js";

/** A delegation as an indented outline: one step a line, the dtab entry that led to it behind. */
export function showDelegation(tree: DelegateTree, mounted: readonly MountedNamer[]): string {
  const lines: string[] = [];
  walk(tree, 0, "");
  return `${lines.join("\n")}\n`;

  function walk(node: DelegateTree, depth: number, prefix: string): void {
    const indent = "  ".repeat(depth);
    const by = node.dentry === undefined ? "" : `  (${node.dentry.show()})`;
    const line = (what: string): void => {
      lines.push(`${indent}${prefix}${node.path.show()}${by}${what}`);
    };
    switch (node.type) {
      case "delegate":
        line("");
        walk(node.delegate, depth + 1, "");
        break;
      case "alt":
        line("");
        node.trees.forEach((branch, i) => {
          walk(branch, depth + 1, i === 0 ? "" : "| ");
        });
        break;
      case "union":
        line("");
        for (const { weight, tree: branch } of node.trees) walk(branch, depth + 1, `& ${weight} * `);
        break;
      case "transformation":
        line(` through ${node.name}`);
        walk(node.tree, depth + 1, "");
        break;
      case "leaf":
        line(` = ${showAddr(node.bound.addr.sample())}`);
        freshness(node.bound.id, indent);
        break;
      case "exception":
        line(`: failed: ${node.message}`);
        freshness(node.path, indent);
        break;
      default:
        line(`: ${node.type}`);
        freshness(node.path, indent);
    }
  }

  function freshness(id: Path, indent: string): void {
    const plain = id.stripTransformerPrefix();
    const owner = mounted.find(({ prefix }) => plain.startsWith(prefix));
    const status = owner?.namer.statusOf?.(plain.drop(owner.prefix.size)).sample();
    if (status !== undefined) lines.push(`${indent}    ${showStatus(status)}`);
  }
}

/** "live, last contact 2026-01-01T00:00:00.000Z, GET http://…", with what went wrong last. */
export function showStatus(status: SourceStatus): string {
  const parts: string[] = [status.state];
  if (status.staleSince !== undefined) parts.push(`stale since ${status.staleSince}`);
  if (status.lastContactAt !== undefined) parts.push(`last contact ${status.lastContactAt}`);
  if (status.request !== undefined) parts.push(status.request);
  if (status.lastError !== undefined) parts.push(`last error at ${status.lastError.at}: ${status.lastError.message}`);
  return parts.join(", ");
}
