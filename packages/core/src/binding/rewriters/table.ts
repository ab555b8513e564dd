import { hostportPfx, porthostPfx } from "./host-port.js";
import {
  anyHost,
  anyHostPfx,
  anyMethod,
  anyMethodPfx,
  domainToPath,
  domainToPathPfx,
  subdomainOf,
  subdomainOfPfx,
} from "./http.js";
import type { Rewriter } from "./rewriter.js";

/** The rewriting namers of /$/, by kind. */
export const rewriters: ReadonlyMap<string, Rewriter> = new Map<string, Rewriter>([
  ["io.buoyant.hostportPfx", hostportPfx],
  ["io.buoyant.porthostPfx", porthostPfx],
  ["io.buoyant.http.anyMethod", anyMethod],
  ["io.buoyant.http.anyMethodPfx", anyMethodPfx],
  ["io.buoyant.http.anyHost", anyHost],
  ["io.buoyant.http.anyHostPfx", anyHostPfx],
  ["io.buoyant.http.subdomainOf", subdomainOf],
  ["io.buoyant.http.subdomainOfPfx", subdomainOfPfx],
  ["io.buoyant.http.domainToPath", domainToPath],
  ["io.buoyant.http.domainToPathPfx", domainToPathPfx],
]);
