import { isIP } from "node:net";
import { defineTransformer, type TransformerPlugin, Var } from "@namerkit/core";
import * as z from "zod";
import { keptAddresses } from "./kept-addresses.js";
import { IpSet } from "./same-ip.js";

const fields = z.strictObject({
  host: z
    .string("expected an IP address")
    .refine((text) => isIP(text) !== 0 && !text.includes("%"), "expected an IP address, not a host name")
    .describe("The IP address of the host."),
});

export type SpecificHostConfig = z.output<typeof fields>;

const { $schema: _, ...jsonSchema } = z.toJSONSchema(fields, { io: "input" });

/** `io.l5d.specificHost`: keeps the addresses with one IP address. */
export const specificHostPlugin: TransformerPlugin<SpecificHostConfig> = defineTransformer<SpecificHostConfig>({
  kind: "io.l5d.specificHost",
  config: fields,
  jsonSchema,
  create: ({ host }, { prefix }) => {
    const only = new IpSet([host]);
    return keptAddresses(
      prefix,
      Var.value((ip) => only.has(ip)),
    );
  },
});
