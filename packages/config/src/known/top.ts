import { entry, list, object } from "../fields/containers.js";
import { built, quiet, withDefault } from "../fields/field.js";
import { text } from "../fields/scalars.js";
import { adminFields, usageFields } from "./admin.js";
import { notNamerd } from "./namerd.js";

/** The keys of the document. `admin`'s default stands in its table. */
export const topFields = {
  admin: built(object(adminFields), "The admin server."),
  namers: built(list(entry({ $ref: "#/$defs/namer" })), "Catalogues to look names up in; the last one is asked first."),
  routers: built(
    list(entry({ $ref: "#/$defs/router" })),
    "Where requests come in and how they are named; at least one.",
  ),
  telemetry: built(list(entry({ $ref: "#/$defs/telemeter" })), "Where metrics and traces go."),
  usage: quiet(object(usageFields), "Usage reports; never sent."),
  plugins: withDefault(
    list(text),
    [],
    "Modules that export plug-ins: npm packages, or files relative to the configuration. Ours.",
  ),
  storage: quiet(notNamerd("storage"), "Where namerd keeps dtabs; it is not built."),
  interfaces: quiet(list(notNamerd("interface")), "What namerd listens to; it is not built."),
};
