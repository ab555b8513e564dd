/** Every code that a Problem of this package can have, and what it means. Codes of core's table never appear as problems, except DTAB_INVALID and PATH_INVALID. */
export const CONFIG_CODES = {
  CONFIG_SYNTAX: "The text is neither YAML nor JSON as this loader reads them; or it is not one mapping.",
  CONFIG_LIMIT: "The text is larger, nested deeper, or expands to more nodes than any real configuration.",
  CONFIG_DUPLICATE_KEY: "A key stands twice in one mapping.",
  CONFIG_UNKNOWN_KEY: "Nothing of this name can be configured here.",
  CONFIG_TYPE: "The value has the wrong type: a text where a number is wanted, and the like.",
  CONFIG_VALUE:
    "The value has the right type and cannot be used: a port of 70000, two settings that exclude each other.",
  CONFIG_FILE: "A file that the configuration names is not there, or cannot be read.",
  CONFIG_MISSING: "Something that has no default is not given.",
  PATH_INVALID: "The text is not a path such as /svc/web.",
  DTAB_INVALID: "The text is not a delegation table such as /svc => /#/io.l5d.fs;",
  KEY_NOT_BUILT:
    "A key of Linkerd that is understood and not acted on yet. A warning where requests go the same way without it; an error where leaving it out would be unsafe.",
  KEY_REMOVED: "A key of an older Linkerd. A warning; the message says what it became.",
  KIND_UNKNOWN: "No plug-in has this kind.",
  KIND_NOT_INSTALLED: "The kind comes with a package that is not installed.",
  KIND_NOT_BUILT: "A kind or protocol of Linkerd that does not exist here yet.",
  KIND_DUPLICATE: "Two plug-ins of one role have the same kind.",
  KIND_EXPERIMENTAL: "The kind has to be enabled with `experimental: true`.",
  KIND_RENAMED: "A kind under the name that an older Linkerd gave it. A warning.",
  ROUTER_LABEL_CONFLICT: "Two routers have the same label.",
  SERVER_PORT_CONFLICT: "Two listeners cannot both have this address and port.",
  PLUGIN_LOAD:
    "A module of `plugins:`, or the package of an official kind, could not be loaded, or exports no plug-in.",
  PLUGIN_FAILED: "A plug-in threw while its options were being checked, or when it was built.",
  CONFIG_INTERNAL: "The loader itself failed: a bug of ours. The text of the configuration is needed to find it.",
} as const;

export type ConfigCode = keyof typeof CONFIG_CODES;
