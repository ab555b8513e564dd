import { defineTransformer, type TransformerPlugin } from "@namerkit/core";
import { keptAddresses } from "./kept-addresses.js";
import { ownIps } from "./own-ips.js";

/** `io.l5d.localhost`: keeps the addresses of this machine, of all its interfaces, as they come and go. */
export const localhostPlugin: TransformerPlugin = defineTransformer({
  kind: "io.l5d.localhost",
  create: (_, { prefix, clock }) => keptAddresses(prefix, ownIps(clock)),
});
