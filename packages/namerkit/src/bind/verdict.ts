import type { Addr, BoundName, NameTree, State } from "@namerkit/core";
import { ExitCode } from "../console.js";

/** True once nothing more has to be waited for: the tree has an answer, and so has every leaf. */
export function settled(state: State<NameTree<BoundName>>, addrs: ReadonlyMap<string, Addr>): boolean {
  return state.status !== "pending" && [...addrs.values()].every((addr) => addr.type !== "pending");
}

/** What `bind` and `delegate` exit with for what a name has come to. */
export function verdict(state: State<NameTree<BoundName>>, addrs: ReadonlyMap<string, Addr>): ExitCode {
  if (state.status === "pending") return ExitCode.pending;
  if (state.status === "failed") return ExitCode.failed;
  const all = [...addrs.values()];
  if (all.some((addr) => addr.type === "bound" && addr.addresses.length > 0)) return ExitCode.ok;
  if (all.some((addr) => addr.type === "pending")) return ExitCode.pending;
  if (all.length > 0 && all.every((addr) => addr.type === "failed")) return ExitCode.failed;
  return ExitCode.nowhere;
}
