// The contestants: each reads all EndpointSlices of an API on 127.0.0.1, and then follows them. (port, { services, size }) => a function
// that resolves when the last of `count` events, of round `round`, has been dealt with; to when that was.

import process from "node:process";
import { addressesOf, Path, systemClock } from "@namerkit/core";
import { k8sNamer } from "@namerkit/k8s";
import { createHttp, Lines } from "@namerkit/watch";
import { slicesInformer } from "./client-node.mjs";
import { lastAddress, serviceName } from "./k8s-objects.mjs";

const NAMES = 100;
const now = () => Number(process.hrtime.bigint()) / 1e6;
const url = (port, query) => `http://127.0.0.1:${port}/apis/discovery.k8s.io/v1/endpointslices?${query}`;

/** What nobody can do without who uses JSON.parse: the same pages by the same transport, parsed and thrown away. */
async function parseOnly(port) {
  const http = createHttp({ clock: systemClock });
  let next = "";
  do {
    const answer = await http.request(url(port, `limit=500&continue=${next}`), { maxBytes: 2 ** 28 });
    next = JSON.parse(answer.text()).metadata.continue;
  } while (next !== "");
  const stream = await http.stream(url(port, "watch=1&resourceVersion=1"), { idleMs: 600_000 });
  const lines = new Lines(2 ** 23);
  const decoder = new TextDecoder();
  let seen = 0;
  let waiting = () => {};
  void (async () => {
    for await (const piece of stream) {
      for (const line of lines.push(piece)) {
        JSON.parse(decoder.decode(line));
        seen++;
      }
      waiting();
    }
  })();
  return ({ count }) =>
    new Promise((resolve) => {
      waiting = () => {
        if (seen < count) return;
        seen -= count;
        resolve(now());
      };
      waiting();
    });
}

/** Ours, with a hundred names bound, and the service that moves last. */
async function ours(port, { services, size }) {
  const namer = k8sNamer({ host: "127.0.0.1", port, scope: "cluster" });
  const bind = (service, tell) =>
    addressesOf(namer, Path.of(`team-${service % 40}`, "http", serviceName(service))).observe(
      (addr) => addr.type === "bound" && tell(addr.addresses),
    );
  const names = Array.from({ length: NAMES }, (_, i) => Math.floor((i * services) / NAMES));
  const first = (service) =>
    new Promise((resolve) => {
      bind(service, resolve);
    });
  await Promise.all([...names, services].map(first));
  return ({ round }) =>
    new Promise((resolve) => {
      const handle = bind(services, (addresses) => {
        if (addresses.some(({ ip }) => ip === lastAddress(services, size, round))) {
          resolve(now());
          setImmediate(() => handle.close());
        }
      });
    });
}

/** As its README has it. It keeps all of every object, which is what it is for; here nobody asks for more than one. */
async function clientNode(port, { services, size }) {
  const informer = await slicesInformer(port);
  let wanted;
  informer.on("update", ({ metadata, endpoints }) => {
    if (!metadata.name.startsWith(`${serviceName(services)}-`)) return;
    if (endpoints.some(({ addresses }) => addresses.includes(wanted?.ip))) wanted.resolve(now());
  });
  await informer.start();
  return ({ round }) =>
    new Promise((resolve) => {
      wanted = { ip: lastAddress(services, size, round), resolve };
    });
}

export const contestants = { "JSON.parse": parseOnly, namerkit: ours, "client-node": clientNode };
