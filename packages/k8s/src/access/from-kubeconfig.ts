import { resolve } from "node:path";
import type { Clock } from "@namerkit/core";
import type { Credentials, Pem, ProxyUrl, TlsOptions } from "@namerkit/watch";
import { objectIn, textIn } from "../objects/fields.js";
import type { Access } from "./access.js";
import { ExecCredentials } from "./exec-credentials.js";
import { contextOf, type Entry, type KubeconfigEnv, nonEmpty, problem } from "./kubeconfig.js";
import { bearer, TokenInFile } from "./token.js";

/** @throws NamerError NAMER_CONFIG */
export function fromKubeconfig(
  files: string,
  context: string | undefined,
  env: KubeconfigEnv & { readonly clock: Clock },
): Access {
  const { cluster, user, shown } = contextOf(files, context, env);
  const server = textIn(cluster.fields, "server") ?? "";
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw problem(cluster.at, "server is not a URL");
  const secure = url.protocol === "https:";
  return {
    base: (url.origin + url.pathname).replace(/\/+$/, ""),
    tls: secure ? tlsOf(cluster, user) : undefined,
    proxy: proxyOf(cluster),
    from: shown,
    ...identityOf(user, decoded(cluster, "certificate-authority-data"), env),
  };
}

function identityOf(
  user: Entry | undefined,
  ca: string | undefined,
  env: KubeconfigEnv & { readonly clock: Clock },
): Pick<Access, "credentials" | "pem" | "onCertificate"> {
  if (user === undefined) return { credentials: undefined, pem: { ca } };
  const credentials = credentialsOf(user, env);
  const pem: Pem = { ca, cert: decoded(user, "client-certificate-data"), key: decoded(user, "client-key-data") };
  if (!(credentials instanceof ExecCredentials)) return { credentials, pem };
  const onCertificate = (reconnect: () => void): void => {
    credentials.onCertificate = reconnect;
  };
  return { credentials, pem: () => credentials.pem(pem), onCertificate };
}

function tlsOf(cluster: Entry, user: Entry | undefined): TlsOptions {
  const ca = fileIn(cluster, "certificate-authority");
  const [certPath, keyPath] = [user && fileIn(user, "client-certificate"), user && fileIn(user, "client-key")];
  if (user !== undefined && (certPath === undefined) !== (keyPath === undefined)) {
    throw problem(user.at, "a client certificate needs its key, and both in files or both as data");
  }
  // Data wins over a file, as with kubectl.
  const inline = decoded(cluster, "certificate-authority-data") !== undefined;
  return {
    ...(cluster.fields["insecure-skip-tls-verify"] === true && { disableValidation: true }),
    commonName: nonEmpty(textIn(cluster.fields, "tls-server-name")),
    ...(ca !== undefined && !inline && { trustCertsBundle: ca }),
    ...(certPath !== undefined && keyPath !== undefined && { clientAuth: { certPath, keyPath } }),
  };
}

function proxyOf({ fields, at }: Entry): ProxyUrl | undefined {
  const text = nonEmpty(textIn(fields, "proxy-url"));
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "") return url;
  // Not quoted: it may hold a password.
  throw problem(at, "proxy-url is not the URL of a proxy that speaks HTTP (http://host:port, or https://)");
}

function credentialsOf(user: Entry, env: KubeconfigEnv & { readonly clock: Clock }): Credentials | undefined {
  const { fields, at, folder } = user;
  const tokenFile = fileIn(user, "tokenFile");
  if (tokenFile !== undefined) return new TokenInFile(env.clock, tokenFile, folder);
  const token = nonEmpty(textIn(fields, "token"));
  if (token !== undefined) return { headers: () => bearer(token) };
  const name = nonEmpty(textIn(fields, "username"));
  if (name !== undefined) {
    const both = Buffer.from(`${name}:${textIn(fields, "password") ?? ""}`).toString("base64");
    return { headers: () => ({ authorization: `Basic ${both}` }) };
  }
  if (fields["exec"] !== undefined) return new ExecCredentials(objectIn(fields, "exec"), { ...env, folder, at });
  if (fields["auth-provider"] !== undefined) {
    throw problem(at, "auth-provider is gone from Kubernetes since 1.26: use an exec plug-in");
  }
  return undefined;
}

/** Relative to the kubeconfig. */
function fileIn({ fields, folder }: Entry, field: string): string | undefined {
  const file = nonEmpty(textIn(fields, field));
  return file === undefined ? undefined : resolve(folder, file);
}

function decoded({ fields, at }: Entry, field: string): string | undefined {
  const text = nonEmpty(textIn(fields, field));
  if (text === undefined) return undefined;
  const pem = Buffer.from(text, "base64").toString("utf8");
  if (!pem.includes("-----BEGIN ")) throw problem(at, `${field} is not PEM in base64`);
  return pem;
}
