import type { Addr, BoundName, NameTree, State } from "@namerkit/core";
import { BindWatcher } from "./bind-watcher.js";
import type { BindSession } from "./session.js";
import { settled } from "./verdict.js";

export interface Outcome {
  readonly state: State<NameTree<BoundName>>;
  /** By bound id. */
  readonly addrs: ReadonlyMap<string, Addr>;
  /** Why it is still pending, where something is known. */
  readonly cause: string | null;
}

/** Waits until the tree and every leaf's addresses have left pending, or until the session's time is up. */
export async function untilSettled(session: BindSession): Promise<Outcome> {
  let cause: string | null = null;
  let wake = (): void => {};
  const changed = (): void => wake();
  using watcher = new BindWatcher({ tree: changed, addr: changed });
  using _binding = session.observe((state, why) => {
    cause = why;
    watcher.update(state, why);
  });
  await new Promise<void>((resolve) => {
    const timeout = setTimeout(resolve, session.timeoutMs);
    wake = () => {
      if (!settled(watcher.state, watcher.addrs())) return;
      clearTimeout(timeout);
      resolve();
    };
    wake();
  });
  return { state: watcher.state, addrs: watcher.addrs(), cause: watcher.state.status === "pending" ? cause : null };
}
