import { type AdminPage, text } from "./answer.js";

const cpu = "POST /admin/cpu-profile?seconds=10 records where the time goes";
const heap = "POST /admin/heap-snapshot writes down what is in memory";

/** Pages of Linkerd that speak of a JVM, and what to use instead. */
const instead: Readonly<Record<string, string>> = {
  "/admin/announcer": "Nothing is announced: there are no announcers.",
  "/admin/contention": `Locks are not contended for: requests are served by one thread. ${cpu}.`,
  "/admin/lint": "There are no lint rules. `namerkit check` finds what is wrong with a configuration.",
  "/admin/lint.json": "There are no lint rules. `namerkit check --json` finds what is wrong with a configuration.",
  "/admin/metrics/usage": "Usage data is never gathered, let alone sent.",
  "/admin/pprof/contention": `Locks are not contended for: requests are served by one thread. ${cpu}.`,
  "/admin/pprof/heap": `This is no JVM: ${heap}, for the memory tools of a browser.`,
  "/admin/pprof/profile": `This is no JVM: ${cpu}, for the performance tools of a browser.`,
  "/admin/registry.json":
    "There is no registry of Finagle's. /config.json says how things are set, /client_state.json what there is.",
  "/admin/threads": `Requests are served by one thread. ${cpu}; node/event_loop/lag_ms of /admin/metrics.json says how busy it is.`,
  "/admin/threads.json": `Requests are served by one thread. ${cpu}; node/event_loop/lag_ms of /admin/metrics.json says how busy it is.`,
  "/admin/tracing": "Tracing is switched by the configuration: sampleRate of io.l5d.zipkin, or io.l5d.tracelog.",
};

/** They answer 404, as what is not there, but say why. */
export const absentPages: readonly AdminPage[] = Object.entries(instead).map(([path, why]) => ({
  path,
  methods: ["GET", "POST"],
  about: undefined,
  handle: () => text(404, `${why}\n`),
}));
