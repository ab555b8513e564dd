import type { Var } from "../values/var.js";
import type { Addr } from "./addr.js";
import type { Path } from "./path.js";

/** A name that still has to be looked up in the dtab. */
export interface PathName {
  readonly type: "path";
  readonly path: Path;
}

/**
 * A name resolved to live addresses. `id` is the namer's prefix and what it consumed, `residual` what it left over.
 * Two bound names are the same when id and residual are; the addresses never count.
 */
export interface BoundName {
  readonly type: "bound";
  readonly id: Path;
  readonly residual: Path;
  readonly addr: Var<Addr>;
}

export type Name = PathName | BoundName;

export const Name = {
  path(path: Path): PathName {
    return { type: "path", path };
  },
  bound(id: Path, residual: Path, addr: Var<Addr>): BoundName {
    return { type: "bound", id, residual, addr };
  },
  equals(a: Name, b: Name): boolean {
    if (a.type === "path") return b.type === "path" && a.path.equals(b.path);
    return b.type === "bound" && a.id.equals(b.id) && a.residual.equals(b.residual);
  },
};
