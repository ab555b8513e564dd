import { tlsProblem } from "@namerkit/watch";
import * as z from "zod";

const portText = "expected a port, 1 to 65535";
const file = z.string().min(1, "expected the name of a file");

const tls = z
  .strictObject({
    enabled: z.boolean().optional().describe("false: no TLS, whatever else is here."),
    disableValidation: z
      .boolean()
      .optional()
      .describe("Believe any certificate: whoever is in between can read the token and change the answers."),
    commonName: z.string().min(1).optional().describe("The name that the certificate must be for; `host` by default."),
    trustCerts: z.array(file).optional().describe("Files of the authorities to believe, PEM."),
    trustCertsBundle: file.optional().describe("One file of them all, PEM."),
    trustCertsFolder: file.optional().describe("A folder of such files."),
    clientAuth: z
      .strictObject({
        certPath: file.describe("Certificate of the client, PEM."),
        keyPath: file.describe("Its key, PEM (PKCS#8)."),
        intermediateCertsPath: file.optional().describe("Certificates between it and a known authority, PEM."),
      })
      .optional(),
    protocols: z.array(z.string().min(1)).optional().describe("TLS versions, such as TLSv1.2."),
  })
  .superRefine((options, context) => {
    const message = tlsProblem(options);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** How the API is reached, the same for all kinds. */
export const apiFields = {
  host: z
    .string()
    .regex(/^[^\s/?#@]+$/, "expected a host name or address")
    .optional()
    .describe(
      "Host of the API server, or of `kubectl proxy`. In a pod where none is given its service account is used; else localhost.",
    ),
  port: z.int(portText).min(1, portText).max(65_535, portText).optional().describe("Its port; 8001 by default."),
  tls: tls
    .optional()
    .describe("TLS towards the API server, with Linkerd's keys; certificates are verified unless told otherwise."),
  token: z.string().min(1, "expected a token").optional().describe("A bearer token, sent with every request."),
  tokenFile: file.optional().describe("A file with the token, read again when it changes, or is refused."),
};

/** What no field can say alone. */
export function checkApi(
  given: { readonly token?: string | undefined; readonly tokenFile?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (given.token === undefined || given.tokenFile === undefined) return;
  context.addIssue({ code: "custom", message: "there is a token already", path: ["tokenFile"] });
}
