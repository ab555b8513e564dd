import { defineIdentifier, type IdentifierPlugin, Path } from "@namerkit/core";
import { booleanField, integerField, optionsJsonSchema, optionsSchema } from "./options-schema.js";
import { headerElement, segmentsOf } from "./text-element.js";

interface PathOptions {
  readonly segments: number;
  readonly consume: boolean;
}

const fields = { segments: integerField(1, 1, 100), consume: booleanField(false) };

/** `io.l5d.path`: the first segments of the request's path name it; with `consume` they are not forwarded. */
export const pathIdentifier: IdentifierPlugin<PathOptions> = defineIdentifier<PathOptions>({
  kind: "io.l5d.path",
  config: optionsSchema(fields),
  jsonSchema: optionsJsonSchema(fields),
  create: ({ segments, consume }, { dstPrefix }) => ({
    identify({ target }) {
      const name = segmentsOf(target).slice(0, segments);
      if (name.length < segments || name.includes("")) return { unidentified: "not enough segments in path" };
      const path = dstPrefix.concat(Path.of(...name.map(headerElement)));
      return consume ? { path, target: withoutSegments(target, segments) } : { path };
    },
  }),
});

/** `/a/b/?q` without one segment is `/b/?q`, without two `/?q`. */
function withoutSegments(target: string, count: number): string {
  const query = target.indexOf("?");
  const path = query === -1 ? target : target.slice(0, query);
  const rest = path.slice(1).split("/").slice(count).join("/");
  return `/${rest}${query === -1 ? "" : target.slice(query)}`;
}
