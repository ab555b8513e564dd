import { list, object } from "../fields/containers.js";
import { built, ignored, quiet, required, withDefault } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { path } from "../fields/names.js";
import { refined } from "../fields/refined.js";
import { flag, integer, ip, milliseconds, number, port, text } from "../fields/scalars.js";
import type { LabelerPlan } from "../plan-settings.js";
import { listenerSocketOptions, session } from "./shared.js";
import { serverTls } from "./tls.js";

const labeler = refined(
  kinded({
    ip: {},
    "ip:port": {},
    connectionRandom: {},
    requestRandom: {},
    router: {},
    static: { label: required(forwardedLabel(), "The label.") },
  }),
  (value): LabelerPlan | undefined => {
    if (value.kind !== "static") return { kind: value.kind };
    return value.label === undefined ? undefined : { kind: "static", label: value.label };
  },
);

/** It goes into a header, within quotes where need be. */
function forwardedLabel() {
  return refined(text, (given, { node, path: at, reading }) => {
    if (/^[\x20-\x7e]{1,200}$/.test(given)) return given;
    const place = { offset: node.start, path: at };
    reading.reporter.error("CONFIG_VALUE", place, "a label is up to 200 printable characters of ASCII");
    return undefined;
  });
}

const random: LabelerPlan = { kind: "requestRandom" };

/** The name of a header (RFC 9110, 5.1). */
const headerName = refined(text, (given, { node, path: at, reading }) => {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(given)) return given;
  reading.reporter.error("CONFIG_VALUE", { offset: node.start, path: at }, "this is not the name of a header");
  return undefined;
});

/** Keys of a server of any protocol. `port` has a default of its own in each. */
const common = {
  ip: withDefault(ip, "127.0.0.1", "The address to listen on. Default 127.0.0.1."),
  label: built(text, "Names the server in metrics. Default ip/port."),
  tls: built(serverTls, "TLS towards clients."),
  clearContext: withDefault(flag, false, "Drops l5d-* and dtab headers of clients. Default false."),
  maxConcurrentRequests: built(integer(1), "Requests at the same time; more are refused at once."),
  announce: ignored(list(path), "Names under which announcers publish the server."),
  timeoutMs: built(milliseconds, "By when an answer has to begin."),
  socketOptions: listenerSocketOptions,
  serverSession: built(session, "How long connections of clients live."),
};

const httpCommon = {
  ...common,
  addForwardedHeader: built(
    object({
      by: withDefault(labeler, random, "How we are named. Default requestRandom."),
      for: withDefault(labeler, random, "How the client is named. Default requestRandom."),
    }),
    "Adds the Forwarded header of RFC 7239.",
  ),
  maxCallDepth: withDefault(integer(1), 1000, "Hops in Via beyond which a request is a loop. Default 1000."),
};

export const httpServerFields = {
  ...httpCommon,
  port: withDefault(port, 4140, "The port; 0 is any free one. Default 4140."),
  timestampHeader: built(headerName, "A request header that gets the time of arrival, in ms since 1970."),
};

export const h2ServerFields = {
  ...httpCommon,
  port: withDefault(port, 4142, "The port; 0 is any free one. Default 4142."),
  initialStreamWindowBytes: quiet(integer(0), "Flow control window of a stream. Default 64 KB."),
  headerTableBytes: quiet(integer(0), "Size of the HPACK table."),
  maxFrameBytes: quiet(integer(0), "Size of a frame. Default 16 KB."),
  maxHeaderListBytes: quiet(integer(0), "Size of the headers."),
  windowUpdateRatio: quiet(number(0), "When a window is opened again. Default 0.99."),
  maxConcurrentStreamsPerConnection: quiet(integer(0), "Streams on one connection. Default 1000."),
};

export const thriftServerFields = {
  ...common,
  port: withDefault(port, 4114, "The port. Default 4114."),
  thriftFramed: quiet(flag, "Whether messages have a length in front. Default true."),
};

export const muxServerFields = { ...common, port: withDefault(port, 4141, "The port. Default 4141.") };
