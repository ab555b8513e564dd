import { defineTelemeter, type TelemeterPlugin } from "@namerkit/core";
import { optionsJsonSchema, optionsSchema } from "../identify/options-schema.js";
import { lineProtocol } from "./line-protocol.js";
import { Scrapes } from "./scrapes.js";

type NoOptions = Record<never, never>;

/** `io.l5d.influxdb`: every metric in InfluxDB's line protocol, for a collector such as Telegraf to fetch. */
export const influxdbTelemeter: TelemeterPlugin<NoOptions> = defineTelemeter<NoOptions>({
  kind: "io.l5d.influxdb",
  config: optionsSchema<NoOptions>({}),
  jsonSchema: optionsJsonSchema<NoOptions>({}),
  create(_options, { registry, clock }) {
    const scrapes = new Scrapes();
    return {
      pages: [
        {
          path: "/admin/metrics/influxdb",
          about: "metrics for InfluxDB",
          handle: ({ host }) =>
            scrapes.answer("text/plain; charset=utf-8", () => lineProtocol(registry.series(), { host, clock })),
        },
      ],
      close() {},
    };
  },
});
