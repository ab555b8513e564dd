import type { PathPattern } from "@namerkit/core";
import { entryOf, join, type MapNode } from "../document/node.js";
import { offsetInSource } from "../document/scalar-offset.js";
import { entry, list, object } from "../fields/containers.js";
import { built, quiet, type Reading, refused, removed } from "../fields/field.js";
import { refined } from "../fields/refined.js";
import { flag, integer, milliseconds, number, text } from "../fields/scalars.js";
import { failureAccrual, hostConnectionPoolFields, loadBalancer } from "./balancing.js";
import { perPrefix } from "./per-prefix.js";
import { clientSocketOptions, retryBudget, session } from "./shared.js";
import { clientTls } from "./tls.js";

const hostConnectionPool = refined(object(hostConnectionPoolFields), (value, { node, path, reading }) => {
  if ((value.minSize ?? 0) <= (value.maxSize ?? Number.POSITIVE_INFINITY)) return value;
  reading.reporter.error("CONFIG_VALUE", { offset: node.start, path }, "minSize is above maxSize");
  return undefined;
});

/** What may be set for each client, inline or under `configs:` for those with a prefix. */
const settings = {
  tls: built(clientTls, "TLS towards the endpoints."),
  loadBalancer: built(loadBalancer, "How an endpoint is chosen. Default p2c."),
  failureAccrual: built(failureAccrual, "When an endpoint counts as dead. Default: after 5 failures in a row."),
  hostConnectionPool: built(hostConnectionPool, "Connections to each endpoint."),
  requeueBudget: built(retryBudget, "How many requests that never left may go to another endpoint."),
  failFast: built(flag, "Marks an endpoint dead at the first refused connection. Default false."),
  requestAttemptTimeoutMs: built(milliseconds, "How long one attempt may take."),
  clientSession: built(session, "How long connections to endpoints live."),
  socketOptions: clientSocketOptions,
  forwardClientCert: built(flag, "Tells endpoints the client's certificate in x-forwarded-client-cert. Default false."),
  requestAuthorizers: refused(list(entry({ type: "object" })), "Who may call.", "without it everybody may", {
    harmless: (value) => value.length === 0,
  }),
  timeoutMs: removed(
    milliseconds,
    "How long a request may take.",
    "taken as requestAttemptTimeoutMs; write that, or totalTimeoutMs of service",
  ),
};

const h2Settings = {
  ...settings,
  prefix: removed(text, "Which ids.", "write kind: io.l5d.static with configs:"),
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

export const httpClient = perPrefix(settings, checkCaptures);
export const h2Client = perPrefix(h2Settings, checkCaptures);
export const thriftClient = perPrefix(thriftSettings, checkCaptures);

interface At {
  readonly node: MapNode;
  readonly path: string;
  readonly reading: Reading;
}

/** A name in `tls.commonName` that the prefix does not capture would stay there as it is written. */
function checkCaptures({ captures }: PathPattern, { node, path, reading }: At): void {
  const tls = entryOf(node, "tls")?.value;
  const given = tls?.type === "map" ? entryOf(tls, "commonName")?.value : undefined;
  if (given?.type !== "scalar" || typeof given.value !== "string") return;
  for (const { 0: whole, 1: name = "", index } of given.value.matchAll(/\{([^{}]*)\}/g)) {
    if (captures.includes(name)) continue;
    const place = { offset: offsetInSource(given, reading.text, index), path: join(join(path, "tls"), "commonName") };
    const known = captures.map((one) => `{${one}}`).join(", ");
    const hint = known === "" ? "captures are named in the prefix of kind: io.l5d.static" : `the prefix has ${known}`;
    reading.reporter.error("CONFIG_VALUE", place, `the prefix does not capture ${whole}`, hint);
  }
}
