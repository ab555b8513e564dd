import * as z from "zod";
import { agentAddress } from "../transport/agent-address.js";

const portText = "expected a port, 1 to 65535";
const hostText = "expected a host name or address, with or without port, a URL, or a socket as unix:///path";
const host = z.string().refine(isHost, hostText);
const file = z.string().min(1, "expected the name of a file");

const clientAuth = z.strictObject({
  certPath: file.describe("Certificate of the client, PEM."),
  keyPath: file.describe("Its key, PEM (PKCS#8)."),
  intermediateCertsPath: file.optional().describe("Certificates between it and a known authority, PEM."),
});

/** Linkerd's `tls` of a client. */
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
    clientAuth: clientAuth.optional(),
    protocols: z.array(z.string().min(1)).optional().describe("TLS versions, such as TLSv1.2."),
  })
  .superRefine(({ trustCerts, trustCertsBundle }, context) => {
    if (trustCerts === undefined || trustCertsBundle === undefined) return;
    const message = "Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle.";
    context.addIssue({ code: "custom", message, path: ["trustCertsBundle"] });
  });

/** How Consul is reached, the same for namer and interpreter. */
export const connectionFields = {
  host: z
    .union([host, z.array(host).min(1, "expected at least one host")], { error: hostText })
    .optional()
    .describe(
      "An agent, or several of which the first that works is used: host, host:port, URL, unix:///path. localhost by default.",
    ),
  port: z
    .int(portText)
    .min(1, portText)
    .max(65_535, portText)
    .optional()
    .describe("Port of Consul's HTTP API, for hosts without one of their own; 8500 by default."),
  token: z.string().min(1, "expected a token").optional().describe("An ACL token, sent with every request."),
  tokenFile: file.optional().describe("A file with the token, read again when it changes."),
  failFast: z.boolean().default(false).describe("Accepted as Linkerd has it; what fails is backed off from anyway."),
  tls: tls
    .optional()
    .describe("TLS towards the agent, with Linkerd's keys; certificates are verified unless told otherwise."),
  maxConnections: z
    .int("expected a number of connections, 4 or more")
    .min(4, "expected a number of connections, 4 or more")
    .default(128)
    .describe("How many connections may be open to one agent; Consul refuses more than 200 from one address."),
  http2: z
    .boolean()
    .default(true)
    .describe("Speak HTTP/2 with agents that can, over TLS: one connection is enough for all names then."),
  waitMs: z
    .int("expected 1,000 to 600,000 ms")
    .min(1_000, "expected 1,000 to 600,000 ms")
    .max(600_000, "expected 1,000 to 600,000 ms")
    .default(60_000)
    .describe(
      "How long Consul may hold a query, in ms. For so long a change may go unseen after Consul lost its data.",
    ),
  useEnvironment: z
    .boolean()
    .optional()
    .describe("Take what is not said here from CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN and the like."),
};

export const consistencyModes = ["default", "stale", "consistent"] as const;

/** In Linkerd's words. */
export const consistencyMode = z
  .enum(consistencyModes, { error: ({ input }) => `Illegal Consul consistency mode level: ${String(input)}` })
  .default("default");

/** What no field can say alone. */
export function checkConnection(
  given: { readonly token?: string | undefined; readonly tokenFile?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (given.token === undefined || given.tokenFile === undefined) return;
  context.addIssue({ code: "custom", message: "there is a token already", path: ["tokenFile"] });
}

function isHost(text: string): boolean {
  try {
    agentAddress(text, 8500, false);
    return true;
  } catch {
    return false;
  }
}
