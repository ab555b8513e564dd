// The lanes of the Consul benchmarks in a process of their own, driven by its parent: see lib/processes.mjs.
import { Lane } from "../lib/consul-lane.mjs";
import { serveParent } from "../lib/processes.mjs";

const lanes = [];
serveParent({
  async open({ limit }) {
    const lane = new Lane(limit);
    lanes.push(lane);
    return { lane: lanes.length - 1, port: await lane.listen() };
  },
  write: ({ lane, service }) => lanes[lane].write(service),
  wave: ({ lane, change }) => lanes[lane].wave(change),
  fault: ({ lane, name }) => lanes[lane].fault(name),
  settled: ({ lane, ...what }) => lanes[lane].settled(what),
  counts({ lane }) {
    const { requests, connections, refused, held, open } = lanes[lane];
    return { requests, connections, refused, held, open };
  },
});
