import { readdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from "node:tls";
import { type Clock, type Logger, messageOf, NamerError } from "@namerkit/core";
import { ChangingFiles } from "../changing-files.js";
import { type TlsOptions, tlsProblem } from "./options.js";
import { protocolSettings } from "./protocols.js";

/** Certificates and keys that are at hand, and not in files: PEM. Beside them there may be files. */
export interface Pem {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The same object as long as it is the same. Asked for each connection. */
export type PemSource = () => Promise<Pem>;

export interface TlsEnv {
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
  /** File names are relative to this folder. */
  readonly baseDir: string;
}

/** What a connection needs to be made; another object whenever a file has changed. */
export type TlsSettings = Readonly<Pick<ConnectionOptions, "secureContext" | "rejectUnauthorized">> & {
  /** In the place of the host of the URL. */
  readonly servername: string | undefined;
  readonly checkServerIdentity: NonNullable<ConnectionOptions["checkServerIdentity"]>;
};

/**
 * Certificates and keys, read from their files when the first connection needs them, and again for new connections when a file has
 * changed. Files that cannot be used after a change (a certificate that is there before its key) leave the last good ones in use, with
 * a warning, and are tried again.
 */
export class TlsMaterial {
  readonly #options: TlsOptions;
  readonly #env: TlsEnv;
  #files: ChangingFiles<TlsSettings>;
  readonly #source: PemSource | undefined;
  #pem: Pem;
  #warned: string | undefined;

  /** @throws NamerError WATCH_TLS_OPTIONS */
  constructor(options: TlsOptions, env: TlsEnv, pem: Pem | PemSource = {}) {
    const problem = tlsProblem(options);
    if (problem !== undefined) throw new NamerError("WATCH_TLS_OPTIONS", problem);
    this.#options = options;
    this.#env = env;
    this.#source = typeof pem === "function" ? pem : undefined;
    this.#pem = typeof pem === "function" ? {} : pem;
    this.#files = this.#changing();
    if (options.disableValidation === true) {
      const whom = options.commonName === undefined ? "a server" : options.commonName;
      const lost = "whoever is in between can read and change what is said";
      env.log.warn({}, `TLS: the certificate of ${whom} is not validated (disableValidation): ${lost}`);
    }
  }

  /** @throws NamerError (by rejecting) WATCH_FILE or WATCH_TLS_FILES, while there have never been usable files; what a PemSource throws */
  async current(): Promise<TlsSettings> {
    const pem = await this.#source?.();
    if (pem !== undefined && pem !== this.#pem) {
      this.#pem = pem;
      this.#files = this.#changing();
    }
    try {
      const settings = await this.#files.current();
      this.#warned = undefined;
      return settings;
    } catch (thrown) {
      const last = this.#files.last;
      if (last === undefined) throw thrown;
      const message = messageOf(thrown);
      if (message !== this.#warned) this.#env.log.warn({}, `TLS: the last good files stay in use: ${message}`);
      this.#warned = message;
      return last;
    }
  }

  #changing(): ChangingFiles<TlsSettings> {
    const files = () => allFilesOf(this.#options, this.#env.baseDir);
    return new ChangingFiles(this.#env.clock, files, (contents) => this.#settings(contents));
  }

  #settings(contents: readonly string[]): TlsSettings {
    const { commonName, disableValidation, protocols = [] } = this.#options;
    const pem = this.#pem;
    const [key = pem.key, ...files] = contents.slice(0, ownFilesOf(this.#options).length);
    const chain = files.length === 0 && pem.cert !== undefined ? [pem.cert] : files;
    const trusted = contents.slice(ownFilesOf(this.#options).length).concat(pem.ca ?? []);
    try {
      return {
        secureContext: createSecureContext({
          ...protocolSettings(protocols),
          ...(trusted.length > 0 && { ca: trusted.map(hasCertificate) }),
          ...(key !== undefined && { key, cert: chain.map(hasCertificate).join("\n") }),
        }),
        rejectUnauthorized: disableValidation !== true,
        // An address is no server name (RFC 6066, 3), and is verified all the same.
        servername: commonName === undefined || isIP(commonName) !== 0 ? undefined : commonName,
        checkServerIdentity: (host, certificate) => checkServerIdentity(commonName ?? host, certificate),
      };
    } catch (thrown) {
      // OpenSSL's words, which quote nothing of a file; without the cause all the same.
      const { trustCerts = [], trustCertsBundle = [], trustCertsFolder = [] } = this.#options;
      const files = [ownFilesOf(this.#options), trustCerts, trustCertsBundle, trustCertsFolder].flat().join(", ");
      throw new NamerError("WATCH_TLS_FILES", `the TLS files cannot be used (${files}): ${messageOf(thrown)}`);
    }
  }
}

async function allFilesOf(options: TlsOptions, baseDir: string): Promise<readonly string[]> {
  const { trustCerts = [], trustCertsBundle, trustCertsFolder } = options;
  const named = [...ownFilesOf(options), ...trustCerts, ...(trustCertsBundle === undefined ? [] : [trustCertsBundle])];
  const files = named.map((file) => resolve(baseDir, file));
  if (trustCertsFolder === undefined) return files;
  const folder = resolve(baseDir, trustCertsFolder);
  const inside = (await filesIn(folder)).filter((file) => /\.(pem|crt|cer)$/i.test(file)).sort();
  if (inside.length === 0)
    throw new NamerError("WATCH_TLS_FILES", `there are no certificates (*.pem, *.crt) in ${folder}`);
  return [...files, ...inside.map((file) => join(folder, file))];
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    throw new NamerError("WATCH_FILE", `cannot read ${folder}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Key, certificate, and what is between it and its authority. */
function ownFilesOf({ clientAuth }: TlsOptions): readonly string[] {
  if (clientAuth === undefined) return [];
  const { keyPath, certPath, intermediateCertsPath } = clientAuth;
  return [keyPath, certPath, ...(intermediateCertsPath === undefined ? [] : [intermediateCertsPath])];
}

/** OpenSSL takes a file without certificates for an empty list of authorities, and blames every server for it. */
function hasCertificate(text: string): string {
  if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) throw new Error("a file holds no certificate (PEM)");
  return text;
}
