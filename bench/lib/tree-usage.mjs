// What a process and all that it has started use, from /proc; so Linux only.
import { readdirSync, readFileSync } from "node:fs";

/** Processes and threads end while they are read of. */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The process and all that it has started, and those in turn. */
function tree(root) {
  const parents = list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [
      Number(pid),
      Number(
        read(`/proc/${pid}/stat`)
          .replace(/^.*\) /, "")
          .split(" ")[1],
      ),
    ]);
  const found = new Set([root]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

const cpuMicrosOf = (pid) => {
  let sum = 0;
  for (const task of list(`/proc/${pid}/task`)) {
    sum += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(" ")[0]) / 1_000;
  }
  return sum;
};
const kilobytes = (text, key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1_024;

/** Time on a processor of all threads, in microseconds, and resident memory, in bytes. */
export function treeUsage(root) {
  let cpuMicros = 0;
  let rss = 0;
  for (const pid of tree(root)) {
    cpuMicros += cpuMicrosOf(pid);
    rss += kilobytes(read(`/proc/${pid}/status`), "VmRSS");
  }
  return { cpuMicros, rss };
}

/**
 * Memory of each process, the root first, in bytes: resident, and with what several processes have in common shared out among them (PSS),
 * which alone may be added up.
 */
export function treeMemory(root) {
  return tree(root).map((pid) => ({
    pid,
    rss: kilobytes(read(`/proc/${pid}/status`), "VmRSS"),
    pss: kilobytes(read(`/proc/${pid}/smaps_rollup`), "Pss"),
  }));
}
