// How often a Rancher metadata API is asked while it misbehaves, by the clock: half an hour of each fault under a clock that is advanced
// by hand, over the answers that a dispatcher gives. The figures are counts, not times, and the same on every machine.
import { Path, silentLog } from "@namerkit/core";
import { ManualClock, noMetrics } from "@namerkit/core/testing";
import { rancherNamer } from "@namerkit/rancher";
import { table } from "./lib/interleave.mjs";

const MINUTES = 30;
const list = Buffer.from(
  JSON.stringify([{ stack_name: "shop", service_name: "web", primary_ip: "10.0.0.1", state: "running" }]),
);
const text = (body, status = 200, headers = {}) => ({ status, headers, body: Buffer.from(body) });
let turn = 0;

/** What is answered: an answer, an error, or nothing at all. */
const faults = {
  "nothing wrong: the poll is held for its 30 s": ({ path }) =>
    path.includes("wait=true") ? { after: 30_000, ...text("1") } : fine(path),
  "connection refused": () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
  "connection reset": () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  "404, no data": () => text("Not found", 404),
  500: () => text("broken", 500),
  "503 with Retry-After: 30": () => text("later", 503, { "retry-after": "30" }),
  "a page for people": () => text("<html>sign in</html>"),
  silence: () => undefined,
  "polls answered at once, unchanged": ({ path }) => fine(path),
  "polls answered at once, with a new version each": ({ path }) =>
    path.includes("/version") ? text(String(++turn)) : fine(path),
  "the list fails, the version does not": ({ path }) => (path.includes("/version") ? fine(path) : text("broken", 500)),
};

function fine(path) {
  if (path.endsWith("/containers")) return { status: 200, headers: {}, body: list };
  return path.includes("/version") ? text("1") : text("Not found", 404);
}

const rows = [];
for (const [name, fault] of Object.entries(faults)) {
  const clock = new ManualClock();
  let requests = 0;
  const dispatcher = {
    dispatch(options, handler) {
      requests++;
      let over = false;
      const fail = (error) => {
        if (over) return;
        over = true;
        handler.onResponseError(controller, error);
      };
      const controller = { abort: fail, pause() {}, resume() {}, aborted: false, reason: null, paused: false };
      handler.onRequestStart(controller, {});
      const said = fault(options);
      if (said === undefined) return true;
      if (said instanceof Error) queueMicrotask(() => fail(said));
      else if (said.after) clock.after(said.after, () => answer(said));
      else queueMicrotask(() => answer(said));
      function answer({ status, headers, body }) {
        if (over) return;
        over = true;
        handler.onResponseStart(controller, status, headers, "");
        handler.onResponseData(controller, body);
        handler.onResponseEnd(controller, {});
      }
      return true;
    },
  };
  const namer = rancherNamer({}, { clock, random: Math.random, log: silentLog, metrics: noMetrics, dispatcher });
  const handle = namer.lookup(Path.parse("/80/shop/web")).run.observe(() => {});
  await clock.advance(60_000);
  const first = requests;
  for (let i = 0; i < MINUTES * 60; i++) await clock.advance(1_000);
  rows.push([name, String(first), ((requests - first) / MINUTES).toFixed(1)]);
  handle.close();
}
console.log(`Node ${process.version}; 1 name bound, ${MINUTES} minutes of each\n`);
table(["what is wrong", "requests in the first minute", "a minute after that"], rows);
process.exit(0);
