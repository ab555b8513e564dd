import type { Clock, WatchContext } from "@namerkit/core";
import { Alarm, type AlarmTimes } from "./alarm.js";
import { FileTree, type TreeSnapshot, type TreeSpec } from "./file-tree.js";
import { FolderEvents, type WatchFolder, watchFolder } from "./folder-events.js";

export interface WatchTreeEnv {
  readonly clock: Clock;
  /** The operating system's notifications by default. */
  readonly watchFolder?: WatchFolder | undefined;
}

const times: AlarmTimes = { quietMs: 20, latestMs: 500 };

/** How often everything is looked at whether or not anything was told, at most: some file systems tell nothing. */
const lookEveryMs = 2_000;
/** And not so often that looking takes more than a fiftieth of the time. */
const lookShare = 50;
const lookAtLeastEveryMs = 60_000;

/**
 * The files below a folder, as a watch: the first snapshot when everything has been read, and then one after each change. The same
 * snapshot again is contact without change. Throws where the folder itself cannot be read.
 */
export async function* watchTree<T>(
  { clock, watchFolder: watch = watchFolder }: WatchTreeEnv,
  spec: TreeSpec<T>,
  { signal, request }: Pick<WatchContext, "signal" | "request">,
): AsyncGenerator<TreeSnapshot<T>, never, undefined> {
  request(`files in ${spec.root}`);
  const alarm = new Alarm(clock, times);
  const events = new FolderEvents(watch, (path) => alarm.ring(path.slice(spec.root.length + 1).replaceAll("\\", "/")));
  try {
    const tree = new FileTree<T>(spec, events);
    const everything = [""];
    let tookMs = await took(clock, () => tree.look(everything));
    for (;;) {
      yield tree.snapshot;
      const wait = Math.min(lookAtLeastEveryMs, Math.max(lookEveryMs, tookMs * lookShare));
      const changed = await alarm.next(wait, signal);
      if (changed.size > 0 && !changed.has("")) await tree.look(changed);
      else tookMs = await took(clock, () => tree.look(everything));
    }
  } finally {
    events.close();
  }
}

async function took(clock: Clock, work: () => Promise<void>): Promise<number> {
  const start = clock.now();
  await work();
  return clock.now() - start;
}
