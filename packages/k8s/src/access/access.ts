import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@namerkit/core";
import type { Credentials, Pem, PemSource, ProxyUrl, TlsOptions } from "@namerkit/watch";
import { fromKubeconfig } from "./from-kubeconfig.js";
import { bearer, TokenInFile } from "./token.js";

/** Where pods find what they need for the API. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface AccessConfig {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** One file or several, as in KUBECONFIG; empty: those that kubectl would use. */
  readonly kubeconfig?: string | undefined;
  /** Of the kubeconfig. */
  readonly context?: string | undefined;
}

export interface AccessEnv {
  readonly clock: Clock;
  readonly baseDir: string;
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the files of the service account are; where Kubernetes puts them by default. */
  readonly serviceAccount?: string | undefined;
}

/** How the API is reached, and who we are there. */
export interface Access {
  /** Such as https://10.0.0.1:443, without a slash at the end. */
  readonly base: string;
  readonly tls: TlsOptions | undefined;
  /** Certificates and keys that are no files. */
  readonly pem?: Pem | PemSource;
  /** Has it told when the API has refused a certificate, and there is another now. */
  readonly onCertificate?: (reconnect: () => void) => void;
  /** What the API is reached through. */
  readonly proxy?: ProxyUrl | undefined;
  readonly credentials: Credentials | undefined;
  /** For the state page: where the credentials are from. */
  readonly from: string;
}

/**
 * As configured, or as a kubeconfig says; in a pod where nothing is said of where the API is, by the service account that the pod has; else at localhost:8001, where
 * `kubectl proxy` is.
 */
export function accessOf(config: AccessConfig, env: AccessEnv): Access {
  const { host, port, tls, kubeconfig } = config;
  if (kubeconfig !== undefined) return fromKubeconfig(kubeconfig, config.context, env);
  if (host === undefined && port === undefined && tls === undefined) {
    const own = inCluster(config, env);
    if (own !== undefined) return own;
  }
  const secure = tls !== undefined && tls.enabled !== false;
  const base = `${secure ? "https" : "http"}://${bracketed(host ?? "localhost")}:${port ?? 8001}`;
  return { base, tls: secure ? tls : undefined, ...identity(config, env) };
}

function inCluster(config: AccessConfig, env: AccessEnv): Access | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env.environment;
  const folder = env.serviceAccount ?? SERVICE_ACCOUNT;
  const tokenFile = join(folder, "token");
  if (host === undefined || host === "" || !existsSync(tokenFile)) return undefined;
  const given = config.token === undefined && config.tokenFile === undefined ? { tokenFile } : config;
  const base = `https://${bracketed(host)}:${port}`;
  return { base, tls: { trustCertsBundle: join(folder, "ca.crt") }, ...identity(given, env) };
}

function identity({ token, tokenFile }: AccessConfig, env: AccessEnv): Pick<Access, "credentials" | "from"> {
  if (tokenFile !== undefined) {
    const file = new TokenInFile(env.clock, tokenFile, env.baseDir);
    return { credentials: file, from: file.file };
  }
  if (token === undefined) return { credentials: undefined, from: "none" };
  return { credentials: { headers: () => bearer(token) }, from: "configured" };
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
