import { expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, address } from "../names/addr.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import type { Bound } from "./found.js";
import { twoLevels } from "./two-levels.js";

const bound = (ip: string): Bound => Addr.bound([address(ip, 80)]) as Bound;

it("keeps the inner addresses through absence and failures, all but a final one", () => {
  const source = Var.mutable<State<Bound | undefined>>(State.ok(bound("192.0.2.1")));
  const inner: Var<Addr>[] = [];
  twoLevels(Activity.of(source)).run.observe((state) => {
    if (state.status === "ok" && state.value !== undefined) inner.push(state.value);
  });
  const seen: string[] = [];
  inner[0]?.observe((addr) => seen.push(addr.type === "bound" ? `${addr.addresses[0]?.ip}` : addr.type));
  source.update(State.failed(new NamerError("NAMER_TOO_MANY_KEYS", "full")));
  source.update(State.pending);
  source.update(State.ok(undefined));
  expect(seen).toEqual(["192.0.2.1"]);
  source.update(State.failed(new NamerError("NAMER_STALE", "old", { final: true })));
  source.update(State.ok(bound("192.0.2.2")));
  expect(seen).toEqual(["192.0.2.1", "neg", "192.0.2.2"]);
  expect(new Set(inner).size).toBe(1);
});
