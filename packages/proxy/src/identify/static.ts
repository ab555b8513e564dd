import { defineIdentifier, type IdentifierPlugin, messageOf, Path, type StandardSchema } from "@namerkit/core";

interface StaticOptions {
  readonly path: Path;
}

/** Takes text such as /web and gives it out parsed. */
const config: StandardSchema<StaticOptions> = {
  "~standard": {
    version: 1,
    vendor: "namerkit",
    validate(value) {
      const given = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
      const issues = Object.keys(given)
        .filter((key) => key !== "path")
        .map((key) => ({ message: `unknown key ${key}`, path: [key] }));
      if (issues.length > 0) return { issues };
      if (given.path instanceof Path) return { value: { path: given.path } };
      if (typeof given.path !== "string")
        return { issues: [{ message: "path is required, such as /web", path: ["path"] }] };
      try {
        return { value: { path: Path.parse(given.path) } };
      } catch (thrown) {
        return { issues: [{ message: messageOf(thrown), path: ["path"] }] };
      }
    },
  },
};

/** `io.l5d.static`: every request has the same name. */
export const staticIdentifier: IdentifierPlugin<StaticOptions> = defineIdentifier<StaticOptions>({
  kind: "io.l5d.static",
  config,
  jsonSchema: {
    type: "object",
    properties: { path: { type: "string" } },
    required: ["path"],
    additionalProperties: false,
  },
  create: ({ path }, { dstPrefix }) => {
    const identified = { path: dstPrefix.concat(path) };
    return { identify: () => identified };
  },
});
