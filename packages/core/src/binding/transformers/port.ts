import { Addr, type Address } from "../../names/addr.js";
import { objectSchema } from "../object-schema.js";
import { defineTransformer, type TransformerPlugin } from "../roles.js";
import { addressTransformer } from "./leaves.js";

export interface PortConfig {
  /** 1 to 65535. */
  readonly port: number;
}

/** `io.l5d.port`: every address with another port. Addresses that become the same are one; the first one's weight and meta stay. */
export const portTransformerPlugin: TransformerPlugin<PortConfig> = defineTransformer<PortConfig>({
  kind: "io.l5d.port",
  defaultPrefix: ({ port }) => `/io.l5d.port/${port}`,
  config: objectSchema<PortConfig>({ port: portProblem }),
  jsonSchema: {
    type: "object",
    properties: { port: { type: "integer", minimum: 1, maximum: 65_535 } },
    required: ["port"],
    additionalProperties: false,
  },
  create: ({ port }, env) => addressTransformer(env.prefix, (addr) => withPort(addr, port)),
});

function withPort(addr: Addr, port: number): Addr {
  if (addr.type !== "bound") return addr;
  const byIp = new Map<string, Address>();
  for (const one of addr.addresses) if (!byIp.has(one.ip)) byIp.set(one.ip, { ...one, port });
  return Addr.bound([...byIp.values()], addr.meta);
}

function portProblem(value: unknown): string | undefined {
  const good = typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535;
  return good ? undefined : "must be a whole number from 1 to 65535";
}
