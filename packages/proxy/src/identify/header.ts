import { defineIdentifier, type IdentifierPlugin, messageOf, Path } from "@namerkit/core";
import { headerNameField, optionsJsonSchema, optionsSchema } from "./options-schema.js";
import { headerElement } from "./text-element.js";

interface HeaderOptions {
  readonly header: string;
}

const tokenFields = { header: headerNameField("Host") };

/** `io.l5d.header.token`: the value of a header, Host by default, is one element of the name. */
export const headerTokenIdentifier: IdentifierPlugin<HeaderOptions> = defineIdentifier<HeaderOptions>({
  kind: "io.l5d.header.token",
  config: optionsSchema(tokenFields),
  jsonSchema: optionsJsonSchema(tokenFields),
  create: ({ header }, { dstPrefix }) => ({
    identify(head) {
      const value = head.header(header);
      if (value === undefined || value === "") return { unidentified: `${header} header is absent` };
      return { path: dstPrefix.concat(Path.of(headerElement(value))) };
    },
  }),
});

const pathFields = { header: headerNameField("l5d-name") };

/** `io.l5d.header`: the value of a header, l5d-name by default, is a path. */
export const headerIdentifier: IdentifierPlugin<HeaderOptions> = defineIdentifier<HeaderOptions>({
  kind: "io.l5d.header",
  config: optionsSchema(pathFields),
  jsonSchema: optionsJsonSchema(pathFields),
  create: ({ header }, { dstPrefix }) => ({
    identify(head) {
      const value = head.header(header);
      if (value === undefined || value === "") return { unidentified: `${header} header is absent` };
      try {
        return { path: dstPrefix.concat(Path.parse(value)) };
      } catch (thrown) {
        return { unidentified: messageOf(thrown) };
      }
    },
  }),
});
