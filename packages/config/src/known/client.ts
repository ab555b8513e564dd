import { entry, list, object } from "../fields/containers.js";
import { type Fields, ignored, quiet, refused, removed, required } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { flag, integer, milliseconds, number, text } from "../fields/scalars.js";
import { backoff, clientTls, retryBudget, socketOptions } from "./shared.js";

const probation = { enableProbation: quiet(flag, "Keeps endpoints that the catalogue dropped while they answer.") };
const maxEffort = {
  maxEffort: quiet(integer(1), "How often a dead endpoint is passed over. Default 5."),
  ...probation,
};

const loadBalancer = kinded({
  p2c: maxEffort,
  ewma: { ...maxEffort, decayTimeMs: quiet(milliseconds, "How long a latency is remembered. Default 10000.") },
  aperture: {
    ...maxEffort,
    smoothWindowMs: quiet(milliseconds, "Over how long load is averaged. Default 5000."),
    lowLoad: quiet(number(0), "The load below which fewer endpoints are used. Default 0.5."),
    highLoad: quiet(number(0), "The load above which more are. Default 2.0."),
    minAperture: quiet(integer(1), "The least number of endpoints. Default 1."),
  },
  heap: probation,
  roundRobin: maxEffort,
});

const accrualBackoff = { backoff: quiet(backoff, "How long a dead endpoint is left alone.") };
const failureAccrual = kinded({
  "io.l5d.consecutiveFailures": { failures: quiet(integer(1), "Failures in a row."), ...accrualBackoff },
  "io.l5d.successRate": {
    successRate: quiet(number(0, 1), "The least share of successes."),
    requests: quiet(integer(1), "Over so many requests."),
    ...accrualBackoff,
  },
  "io.l5d.successRateWindowed": {
    successRate: quiet(number(0, 1), "The least share of successes."),
    window: quiet(number(0), "Over so many seconds."),
    ...accrualBackoff,
  },
  none: {},
});

/** What may be set for each client, inline or under `configs:` for those with a prefix. */
const settings = {
  tls: refused(clientTls, "TLS towards the endpoints.", "without it requests would leave in the clear", {
    harmless: (value) => value.enabled === false,
  }),
  loadBalancer: ignored(loadBalancer, "How an endpoint is chosen; ours is p2c, by least load.", {
    harmless: (value) => value.kind === "p2c" && Object.keys(value).length === 1,
  }),
  failureAccrual: ignored(failureAccrual, "When an endpoint counts as dead.", {
    harmless: ({ kind }) => kind === "none",
  }),
  hostConnectionPool: ignored(
    object({
      minSize: quiet(integer(0), "Connections kept open. Default 0."),
      maxSize: quiet(integer(1), "Connections to one endpoint. Default: no limit."),
      idleTimeMs: quiet(milliseconds, "How long an unused one is kept."),
      maxWaiters: quiet(integer(0), "Requests that may wait for one."),
    }),
    "Connections to each endpoint.",
  ),
  requeueBudget: ignored(retryBudget, "How many requests that never left may go to another endpoint."),
  failFast: ignored(flag, "Marks an endpoint dead at the first refused connection. Default false.", {
    harmless: (value) => !value,
  }),
  requestAttemptTimeoutMs: ignored(milliseconds, "How long one attempt may take."),
  clientSession: ignored(
    object({
      idleTimeMs: quiet(milliseconds, "How long an idle connection is kept."),
      lifeTimeMs: quiet(milliseconds, "How long any connection is kept."),
    }),
    "How long connections to endpoints live.",
  ),
  socketOptions,
  forwardClientCert: ignored(flag, "Tells endpoints the client's certificate in x-forwarded-client-cert.", {
    harmless: (value) => !value,
  }),
  requestAuthorizers: refused(list(entry({ type: "object" })), "Who may call.", "without it everybody may", {
    harmless: (value) => value.length === 0,
  }),
  timeoutMs: removed(
    milliseconds,
    "How long a request may take.",
    "write requestAttemptTimeoutMs, or totalTimeoutMs of service",
  ),
};

const h2Settings = {
  ...settings,
  initialStreamWindowBytes: quiet(integer(0), "Flow control window of a stream."),
  headerTableBytes: quiet(integer(0), "Size of the HPACK table."),
  maxFrameBytes: quiet(integer(0), "Size of a frame."),
  maxHeaderListBytes: quiet(integer(0), "Size of the headers."),
  windowUpdateRatio: quiet(number(0), "When a window is opened again."),
};

const thriftSettings = {
  ...settings,
  thriftFramed: quiet(flag, "Whether messages have a length in front."),
  attemptTTwitterUpgrade: quiet(flag, "Asks servers for Twitter's extension of Thrift."),
};

export const httpClient = perPrefix(settings);
export const h2Client = perPrefix(h2Settings);
export const thriftClient = perPrefix(thriftSettings);

/** `io.l5d.global`: the settings inline. `io.l5d.static`: a list of them, each for the clients under a prefix. */
export function perPrefix(fields: Fields) {
  const pattern = required(text, "Which ids: a path where * is one element and {name} captures within one.");
  return kinded(
    {
      "io.l5d.global": fields,
      "io.l5d.static": {
        configs: required(list(object({ prefix: pattern, ...fields })), "Settings, later ones winning."),
      },
    },
    "io.l5d.global",
  );
}
