import { list, object } from "../fields/containers.js";
import { built, ignored, quiet, refused, withDefault } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { path } from "../fields/names.js";
import { flag, integer, ip, milliseconds, port, text } from "../fields/scalars.js";
import { serverTls, socketOptions } from "./shared.js";

const labeler = kinded({
  ip: {},
  "ip:port": {},
  connectionRandom: {},
  requestRandom: {},
  router: {},
  static: { label: quiet(text, "The label.") },
});

/** Keys of a server of any protocol. `port` has a default of its own in each. */
const common = {
  ip: withDefault(ip, "127.0.0.1", "The address to listen on. Default 127.0.0.1."),
  label: built(text, "Names the server in metrics. Default ip/port."),
  tls: refused(serverTls, "TLS towards clients.", "without it clients would talk in the clear", {
    harmless: (value) => value.enabled === false,
  }),
  clearContext: withDefault(flag, false, "Drops l5d-* and dtab headers of clients. Default false."),
  maxConcurrentRequests: ignored(integer(1), "Requests at the same time; more are refused at once."),
  announce: ignored(list(path), "Names under which announcers publish the server."),
  timeoutMs: ignored(milliseconds, "How long a request may take in all."),
  socketOptions,
  serverSession: ignored(
    object({
      idleTimeMs: quiet(milliseconds, "How long an idle connection is kept."),
      lifeTimeMs: quiet(milliseconds, "How long any connection is kept."),
    }),
    "How long connections of clients live.",
  ),
};

const httpCommon = {
  ...common,
  addForwardedHeader: ignored(
    object({ by: quiet(labeler, "How we are named."), for: quiet(labeler, "How the client is named.") }),
    "Adds the Forwarded header of RFC 7239.",
  ),
  maxCallDepth: withDefault(integer(1), 1000, "Hops in Via beyond which a request is a loop. Default 1000."),
};

export const httpServerFields = {
  ...httpCommon,
  port: withDefault(port, 4140, "The port; 0 is any free one. Default 4140."),
  timestampHeader: ignored(text, "A request header that gets the time of arrival."),
};

export const h2ServerFields = {
  ...httpCommon,
  port: withDefault(port, 4142, "The port; 0 is any free one. Default 4142."),
  initialStreamWindowBytes: quiet(integer(0), "Flow control window of a stream. Default 64 KB."),
  headerTableBytes: quiet(integer(0), "Size of the HPACK table."),
  maxFrameBytes: quiet(integer(0), "Size of a frame. Default 16 KB."),
  maxHeaderListBytes: quiet(integer(0), "Size of the headers."),
  windowUpdateRatio: quiet(integer(0), "When a window is opened again. Default 0.99."),
  maxConcurrentStreamsPerConnection: quiet(integer(0), "Streams on one connection. Default 1000."),
};

export const thriftServerFields = {
  ...common,
  port: withDefault(port, 4114, "The port. Default 4114."),
  thriftFramed: quiet(flag, "Whether messages have a length in front. Default true."),
};

export const muxServerFields = { ...common, port: withDefault(port, 4141, "The port. Default 4141.") };
