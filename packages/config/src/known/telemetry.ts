import { type Fields, type FieldType, quiet } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { flag, integer, milliseconds, number, oneOf, port, text } from "../fields/scalars.js";

const experimental = { experimental: quiet(flag, "Enables what is experimental.") };
const sampleRate = quiet(number(0, 1), "The share of requests that is told of.");

/** Telemeters that Linkerd has, and its best-known plug-in for Zipkin. */
const telemeters: Readonly<Record<string, Fields>> = {
  "io.l5d.prometheus": {
    ...experimental,
    path: quiet(text, "Where the admin server answers. Default /admin/metrics/prometheus."),
    prefix: quiet(text, "What every name begins with."),
  },
  "io.l5d.influxdb": experimental,
  "io.l5d.statsd": {
    ...experimental,
    prefix: quiet(text, "What every name begins with. Default linkerd."),
    hostname: quiet(text, "Default 127.0.0.1."),
    port: quiet(port, "Default 8125."),
    gaugeIntervalMs: quiet(milliseconds, "How often gauges are sent. Default 10000."),
    sampleRate,
  },
  "io.l5d.tracelog": {
    ...experimental,
    sampleRate,
    level: quiet(
      oneOf("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "FATAL", "ALL", "OFF"),
      "Default INFO.",
    ),
  },
  "io.l5d.recentRequests": {
    ...experimental,
    sampleRate: { ...sampleRate, required: true },
    capacity: quiet(integer(1), "How many are kept. Default 10."),
  },
  "io.l5d.zipkin": {
    ...experimental,
    host: quiet(text, "Default localhost."),
    port: quiet(port, "Default 9410."),
    sampleRate,
  },
  "io.zipkin.http": {
    ...experimental,
    host: quiet(text, "host:port of the collector."),
    hostHeader: quiet(text, "The Host header."),
    compressionEnabled: quiet(flag, "Default true."),
    tls: quiet(flag, "Whether TLS is spoken."),
    tlsHostname: quiet(text, "The name in its certificate."),
    tlsValidationEnabled: quiet(flag, "Default true."),
    initialSampleRate: sampleRate,
  },
};

/** How an entry of one of these kinds is checked where no plug-in has the kind. */
export const knownTelemeters: Readonly<Record<string, FieldType<unknown>>> = Object.fromEntries(
  Object.entries(telemeters).map(([kind, fields]) => [kind, kinded({ [kind]: fields })]),
);
