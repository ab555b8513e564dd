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
  kubeconfig: z
    .string()
    .optional()
    .describe(
      "A kubeconfig file, or several as in KUBECONFIG; empty: those that kubectl would use. In the place of all above.",
    ),
  context: z.string().min(1, "expected the name of a context").optional().describe("Which context of the kubeconfig."),
};

interface Given {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What no field can say alone. */
export function checkApi(given: Given & Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const not = (field: string, message: string): void => context.addIssue({ code: "custom", message, path: [field] });
  if (given.token !== undefined && given.tokenFile !== undefined) not("tokenFile", "there is a token already");
  if (given.kubeconfig === undefined) {
    if (given.context !== undefined) not("context", "it is that of a kubeconfig, and there is none");
    return;
  }
  for (const field of ["host", "port", "k8sHost", "k8sPort", "tls", "token", "tokenFile"]) {
    if (given[field] !== undefined) not(field, "the kubeconfig says that");
  }
}
