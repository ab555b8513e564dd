import { defineTelemeter, type TelemeterPlugin } from "@namerkit/core";
import { optionsJsonSchema, optionsSchema, textField } from "../identify/options-schema.js";
import { exposition } from "./exposition.js";
import { Scrapes } from "./scrapes.js";

interface PrometheusOptions {
  /** Where the admin server answers. */
  readonly path: string;
  /** What the name of every metric begins with. */
  readonly prefix: string;
}

const fields = {
  path: textField("/admin/metrics/prometheus", /^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/, "a path that begins with /"),
  prefix: textField("", /^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/, "letters, digits, _ and :, not a digit first"),
};

/** `io.l5d.prometheus`: every metric in Prometheus' text format, under Linkerd's names and labels. */
export const prometheusTelemeter: TelemeterPlugin<PrometheusOptions> = defineTelemeter<PrometheusOptions>({
  kind: "io.l5d.prometheus",
  config: optionsSchema<PrometheusOptions>(fields),
  jsonSchema: optionsJsonSchema<PrometheusOptions>(fields),
  create({ path, prefix }, { registry, clock }) {
    const scrapes = new Scrapes();
    const type = "text/plain; version=0.0.4; charset=utf-8";
    const handle = () => scrapes.answer(type, () => exposition(registry.series(), { prefix, clock }));
    return { pages: [{ path, about: "metrics for Prometheus", handle }], close() {} };
  },
});
