import type { Dentry } from "../names/dtab.js";
import type { BoundName } from "../names/name.js";
import type { Path } from "../names/path.js";

interface Step {
  readonly path: Path;
  /** The dtab entry that led here; undefined at the root. */
  readonly dentry: Dentry | undefined;
}

/** Why a name binds as it does: every step, with the entry that caused it, alternatives that lost included. */
export type DelegateTree = Step &
  (
    | { readonly type: "empty" | "fail" | "neg" }
    | { readonly type: "exception"; readonly message: string }
    | { readonly type: "delegate"; readonly delegate: DelegateTree }
    | { readonly type: "leaf"; readonly bound: BoundName }
    | { readonly type: "alt"; readonly trees: readonly DelegateTree[] }
    | { readonly type: "union"; readonly trees: readonly { readonly weight: number; readonly tree: DelegateTree }[] }
    | { readonly type: "transformation"; readonly name: string; readonly bound: BoundName; readonly tree: DelegateTree }
  );
