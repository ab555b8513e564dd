import { protocolProblem } from "./protocols.js";

/** TLS towards a catalogue, with the keys of Linkerd's configuration. File names are relative to the folder of the configuration. */
export interface TlsOptions {
  /** True by default, where there are settings at all. */
  readonly enabled?: boolean | undefined;
  /** Believe any certificate: what is sent and answered can then be read and changed by whoever is in between. False by default. */
  readonly disableValidation?: boolean | undefined;
  /** The name that the server's certificate must have, which is also asked for (SNI); the host of the URL by default. */
  readonly commonName?: string | undefined;
  /** Files with certificates (PEM) of authorities that are trusted, in the place of those that Node.js knows. */
  readonly trustCerts?: readonly string[] | undefined;
  /** One file with all of them. */
  readonly trustCertsBundle?: string | undefined;
  /** A folder with such files (*.pem, *.crt, *.cer). Ours; may be beside the others. */
  readonly trustCertsFolder?: string | undefined;
  readonly clientAuth?: ClientAuth | undefined;
  /** Which versions may be spoken, such as ["TLSv1.2", "TLSv1.3"]; what Node.js finds safe by default. */
  readonly protocols?: readonly string[] | undefined;
}

/** How we show who we are. */
export interface ClientAuth {
  readonly certPath: string;
  /** PEM, without a passphrase. */
  readonly keyPath: string;
  /** The certificates between ours and the authority, sent along with it. */
  readonly intermediateCertsPath?: string | undefined;
}

/** What is wrong with the settings, for people; undefined if nothing is. No file is looked at. */
export function tlsProblem(options: TlsOptions): string | undefined {
  if (options.trustCerts !== undefined && options.trustCertsBundle !== undefined) {
    return "Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle.";
  }
  return protocolProblem(options.protocols ?? []);
}
