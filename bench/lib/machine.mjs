// How busy the machine was with other things meanwhile: without that, figures of a shared machine are hard to judge.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const HZ = 100;

function sample() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
    .split("\n", 1)[0]
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / HZ);
  // Of this process and of its children that have ended, in ticks.
  const own = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
    .slice(11, 15);
  const busy = user + nice + system + irq + softirq;
  return { busy, steal, all: busy + idle + iowait + steal, own: own.reduce((sum, one) => sum + Number(one) / HZ, 0) };
}

/** To be called at the beginning; what it gives, at the end, when all children have ended: a line. */
export function watchMachine() {
  const before = sample();
  return () => {
    const after = sample();
    const share = (value) => `${((100 * value) / (after.all - before.all)).toFixed(0)} %`;
    const others = after.busy - before.busy - (after.own - before.own);
    return `${availableParallelism()} processors, Node ${process.version}. Of their time others used ${share(Math.max(0, others))}, the host took ${share(after.steal - before.steal)}.`;
  };
}
