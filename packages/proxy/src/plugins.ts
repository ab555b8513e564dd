import type { Plugin } from "@namerkit/core";
import { headerIdentifier, headerTokenIdentifier } from "./identify/header.js";
import { methodAndHostIdentifier } from "./identify/method-and-host.js";
import { pathIdentifier } from "./identify/path.js";
import { staticIdentifier } from "./identify/static.js";
import { influxdbTelemeter } from "./telemetry/influxdb.js";
import { prometheusTelemeter } from "./telemetry/prometheus.js";
import { recentRequestsTelemeter } from "./telemetry/recent-requests.js";
import { traceLogTelemeter } from "./telemetry/trace-log.js";
import { zipkinHttpTelemeter, zipkinTelemeter } from "./telemetry/zipkin.js";

/** The identifiers and telemeters that come with the proxy, for the registry of a configuration. */
export const proxyPlugins: readonly Plugin[] = [
  headerTokenIdentifier,
  headerIdentifier,
  methodAndHostIdentifier,
  pathIdentifier,
  staticIdentifier,
  prometheusTelemeter,
  influxdbTelemeter,
  recentRequestsTelemeter,
  traceLogTelemeter,
  zipkinTelemeter,
  zipkinHttpTelemeter,
] as readonly Plugin[];
