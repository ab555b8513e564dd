import { type ConfigNode, entryOf, join } from "../document/node.js";
import { list, object } from "../fields/containers.js";
import { built, type FieldType, quiet, type Reading, removed, required, withDefault } from "../fields/field.js";
import { type RefineAt, refined } from "../fields/refined.js";
import { file, flag, oneOf, text } from "../fields/scalars.js";
import type { ClientTlsPlan, ServerTlsPlan } from "../plan-settings.js";

const certificate = {
  certPath: required(file, "Our certificate, PEM."),
  keyPath: required(file, "Its key, PEM."),
  intermediateCertsPath: built(file, "Certificates between it and the authority, PEM."),
};
const protocols = built(
  list(oneOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
  "Versions of TLS. Default: what Node.js speaks.",
);

const clientFields = object({
  enabled: withDefault(flag, true, "false takes TLS off again for this prefix. Default true."),
  disableValidation: withDefault(flag, false, "Accepts any certificate. Default false."),
  commonName: built(text, "The name that the certificate has to carry; {name} is a capture of the prefix."),
  trustCerts: built(list(file), "Files with certificates to trust."),
  trustCertsBundle: built(file, "One file with certificates to trust. Default: those that come with Node.js."),
  clientAuth: built(object(certificate), "What we show to the server."),
  protocols,
  kind: removed(text, "How names are validated.", "write commonName, or disableValidation: true"),
});

/** TLS of what we connect to; `off` where `enabled` is false. */
export const clientTls: FieldType<ClientTlsPlan | "off"> = refined(unlessOff(clientFields), (value, at) => {
  if (!value.enabled) return "off";
  const { commonName, trustCerts = [], trustCertsBundle, clientAuth } = value;
  const disableValidation = value.disableValidation || value.kind === "io.l5d.noValidation";
  const flaws: (readonly [key: string, flaw: string, hint: string])[] = [];
  if (disableValidation && clientAuth !== undefined)
    flaws.push([
      "clientAuth",
      "clientAuth makes no sense with disableValidation: whom it is shown is not checked",
      "remove one",
    ]);
  if (trustCerts.length > 0 && trustCertsBundle !== undefined)
    flaws.push(["trustCerts", "both trustCerts and trustCertsBundle are set", "write trustCertsBundle alone"]);
  for (const [key, flaw, hint] of flaws) at.reading.reporter.error("CONFIG_VALUE", placeOf(at, key), flaw, hint);
  if (!disableValidation && (commonName === undefined || commonName === "")) {
    const missing = "commonName is missing: the name that the certificate has to carry";
    at.reading.reporter.error("CONFIG_MISSING", placeOf(at, "commonName"), missing, "add commonName");
    return undefined;
  }
  const shown = clientAuth === undefined ? undefined : certificateOf(clientAuth);
  if (flaws.length > 0 || (clientAuth !== undefined && shown === undefined)) return undefined;
  return {
    ...(commonName === undefined ? {} : { commonName }),
    disableValidation,
    trustFiles: trustCertsBundle === undefined ? trustCerts : [trustCertsBundle],
    ...(shown === undefined ? {} : { clientAuth: shown }),
    protocols: value.protocols ?? [],
  };
});

const serverFields = object({
  enabled: quiet(flag, "Named in Linkerd's documentation; false is no TLS."),
  ...certificate,
  caCertPath: built(file, "The authority that client certificates have to come from, PEM."),
  ciphers: built(list(text), "Ciphers, in order of preference. Default: those of Node.js."),
  requireClientAuth: withDefault(flag, false, "Refuses clients without a certificate. Default false."),
  protocols,
});

/** TLS of what connects to us; `off` where `enabled` is false. */
export const serverTls: FieldType<ServerTlsPlan | "off"> = refined(unlessOff(serverFields), (value) => {
  if (value.enabled === false) return "off";
  const own = certificateOf(value);
  if (own === undefined) return undefined;
  const { caCertPath, ciphers = [], protocols = [], requireClientAuth } = value;
  return { ...own, ...(caCertPath === undefined ? {} : { caCertPath }), requireClientAuth, ciphers, protocols };
});

interface Certificate {
  readonly certPath?: string;
  readonly keyPath?: string;
  readonly intermediateCertsPath?: string;
}

function certificateOf({ certPath, keyPath, intermediateCertsPath }: Certificate) {
  if (certPath === undefined || keyPath === undefined) return undefined;
  return { certPath, keyPath, ...(intermediateCertsPath === undefined ? {} : { intermediateCertsPath }) };
}

/** Where TLS is switched off, nobody looks at the files. */
function unlessOff<T>(type: FieldType<T>): FieldType<T> {
  return {
    schema: type.schema,
    read: (node, path, reading) => type.read(node, path, isOff(node) ? withoutFiles(reading) : reading),
  };
}

function isOff(node: ConfigNode): boolean {
  const enabled = node.type === "map" ? entryOf(node, "enabled")?.value : undefined;
  return enabled?.type === "scalar" && enabled.value === false;
}

export function withoutFiles<R extends Reading>(reading: R): R {
  return { ...reading, wants: () => {} };
}

function placeOf({ node, path }: RefineAt, key: string) {
  const entry = node.type === "map" ? entryOf(node, key) : undefined;
  return { offset: entry?.keyAt ?? node.start, path: join(path, key) };
}
