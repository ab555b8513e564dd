import { defineIdentifier, type IdentifierPlugin, Path } from "@namerkit/core";
import { booleanField, optionsJsonSchema, optionsSchema } from "./options-schema.js";
import { headerElement, segmentsOf } from "./text-element.js";

interface MethodAndHostOptions {
  readonly httpUriInDst: boolean;
}

const fields = { httpUriInDst: booleanField(false) };

/** `io.l5d.methodAndHost`: /1.1/GET/host, and with `httpUriInDst` the path of the request after it. HTTP/1.0 has no host. */
export const methodAndHostIdentifier: IdentifierPlugin<MethodAndHostOptions> = defineIdentifier<MethodAndHostOptions>({
  kind: "io.l5d.methodAndHost",
  config: optionsSchema(fields),
  jsonSchema: optionsJsonSchema(fields),
  create: ({ httpUriInDst }, { dstPrefix }) => ({
    identify(head) {
      const name: (string | Uint8Array)[] = [head.version, head.method];
      if (head.version === "1.1") {
        const { authority } = head;
        if (authority === undefined || authority === "") return { unidentified: "HTTP/1.1 request missing hostname" };
        name.push(headerElement(authority.toLowerCase()));
      } else if (head.version !== "1.0") {
        return { unidentified: `Unknown HTTP version HTTP/${head.version}` };
      }
      if (httpUriInDst) {
        for (const segment of segmentsOf(head.target)) if (segment !== "") name.push(headerElement(segment));
      }
      return { path: dstPrefix.concat(Path.of(...name)) };
    },
  }),
});
