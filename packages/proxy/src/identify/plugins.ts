import type { Plugin } from "@namerkit/core";
import { headerIdentifier, headerTokenIdentifier } from "./header.js";
import { methodAndHostIdentifier } from "./method-and-host.js";
import { pathIdentifier } from "./path.js";
import { staticIdentifier } from "./static.js";

/** The identifiers that come with the proxy, for the registry of a configuration. */
export const proxyPlugins: readonly Plugin[] = [
  headerTokenIdentifier,
  headerIdentifier,
  methodAndHostIdentifier,
  pathIdentifier,
  staticIdentifier,
] as readonly Plugin[];
