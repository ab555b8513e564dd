import { Addr } from "../names/addr.js";
import type { Activity } from "../values/activity.js";
import { stabilizeExistence } from "../values/stabilize-existence.js";
import { Var } from "../values/var.js";
import type { Bound } from "./found.js";

const gone: Var<Addr> = Var.value(Addr.neg);

/**
 * A source of address sets as the two levels that clients need: outside whether it exists, inside the addresses, in one Var for
 * life. When the source gives up its last answer for good (a `final` error) the inner Addr is Neg until it answers again.
 */
export function twoLevels(source: Activity<Bound | undefined>): Activity<Var<Addr> | undefined> {
  const existence = stabilizeExistence<Bound>(source, Addr.equals);
  let addr: Var<Addr> | undefined;
  return existence.map((inner) => {
    if (inner === undefined) return undefined;
    addr ??= source.run.flatMap((state) => (state.status === "failed" && state.error.final ? gone : inner));
    return addr;
  });
}
