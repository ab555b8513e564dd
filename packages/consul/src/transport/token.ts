import type { Clock } from "@namerkit/core";
import { SecretFile } from "@namerkit/watch";
import type { TransportConfig } from "./config.js";

/** The ACL token that requests are sent with. */
export interface Token {
  /** @throws NamerError (by rejecting) WATCH_FILE, WATCH_SECRET */
  read(): Promise<string | undefined>;
  /** Consul has refused a request with it: whether there is another by now. */
  refused(used: string | undefined): Promise<boolean>;
  /** For people: where it is from. */
  readonly from: string;
}

/** `tokenFile` wins over `token`; a configuration cannot have both. */
export function tokenOf({ token, tokenFile }: TransportConfig, env: { clock: Clock; baseDir: string }): Token {
  if (tokenFile === undefined) {
    return {
      read: () => Promise.resolve(token),
      refused: () => Promise.resolve(false),
      from: token === undefined ? "none" : "configured",
    };
  }
  const secret = new SecretFile(env.clock, tokenFile, env.baseDir);
  return {
    read: () => secret.read(),
    // A file that cannot be read just now makes the refusal no other; the next request will say so.
    refused: (used) => (used === undefined ? Promise.resolve(false) : secret.refused(used).catch(() => false)),
    from: secret.file,
  };
}
