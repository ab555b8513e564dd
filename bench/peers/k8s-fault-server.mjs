// API servers that may be broken, in a process of their own, driven by its parent: see lib/processes.mjs.
import { Lane } from "../lib/k8s-lane.mjs";
import { serveParent } from "../lib/processes.mjs";

const lanes = [];
serveParent({
  async open() {
    const lane = new Lane();
    lanes.push(lane);
    return { lane: lanes.length - 1, port: await lane.listen() };
  },
  write: ({ lane }) => lanes[lane].write(),
  fault: ({ lane, name }) => lanes[lane].fault(name),
  settled: ({ lane, ...what }) => lanes[lane].settled(what),
  counts: ({ lane }) => lanes[lane].counts(),
});
