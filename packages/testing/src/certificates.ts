import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its key, both as PEM. For tests only: made anew each time, and trusted by nobody. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestCertificateOptions {
  /** Names and IPv4 addresses that the certificate is for; "localhost" and 127.0.0.1 by default. */
  readonly names?: readonly string[];
  /** From an hour ago by default. */
  readonly notBefore?: Date;
  /** In a day by default. */
  readonly notAfter?: Date;
}

/** Signs certificates. */
export interface TestAuthority extends TestCertificate {
  issue(options?: TestCertificateOptions): TestCertificate;
  /** An authority between this one and the certificates it issues. */
  intermediate(): TestAuthority;
}

/** An authority of its own for one test, made with node:crypto alone: X.509 v3 (RFC 5280), P-256, SHA-256. */
export function testAuthority(): TestAuthority {
  return authority(`test authority ${randomBytes(4).toString("hex")}`, undefined);
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

function authority(name: string, by: Issuer | undefined): TestAuthority {
  const own = keyPair();
  const issuer: Issuer = { name, key: own.privateKey };
  const isAuthority = extension("2.5.29.19", sequence(tagged(0x01, Uint8Array.of(0xff))), true);
  return {
    ...certificate(name, own.privateKey, by ?? issuer, {}, [isAuthority]),
    issue: (options = {}) => {
      const { names = ["localhost", "127.0.0.1"] } = options;
      const extensions = names.length === 0 ? [] : [extension("2.5.29.17", sequence(...names.map(alternativeName)))];
      return certificate(names[0] ?? "nobody", keyPair().privateKey, issuer, options, extensions);
    },
    intermediate: () => authority(`below ${name}`, issuer),
  };
}

function keyPair(): { readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

const ecdsaWithSha256 = () => sequence(oid("1.2.840.10045.4.3.2"));

function certificate(
  subject: string,
  key: KeyObject,
  issuer: Issuer,
  options: TestCertificateOptions,
  extensions: readonly Uint8Array[],
): TestCertificate {
  const hour = 3_600_000;
  const { notBefore = new Date(Date.now() - hour), notAfter = new Date(Date.now() + 24 * hour) } = options;
  const toBeSigned = sequence(
    tagged(0xa0, tagged(0x02, Uint8Array.of(2))),
    tagged(0x02, Uint8Array.of(1, ...randomBytes(15))),
    ecdsaWithSha256(),
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [tagged(0xa3, sequence(...extensions))]),
  );
  const signature = sign("sha256", toBeSigned, issuer.key);
  const der = sequence(toBeSigned, ecdsaWithSha256(), tagged(0x03, Uint8Array.of(0, ...signature)));
  const lines = Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

// ---- DER (X.690): a tag, a length, contents

function tagged(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...head), body]);
}

function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, ...contents);
}

function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Uint8Array.from([40 * first + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(tagged(0x31, sequence(oid("2.5.4.3"), tagged(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return tagged(0x18, Buffer.from(text));
}

function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(id), ...(critical ? [tagged(0x01, Uint8Array.of(0xff))] : []), tagged(0x04, value));
}

function alternativeName(name: string): Uint8Array {
  if (isIP(name) === 4) return tagged(0x87, Uint8Array.from(name.split(".").map(Number)));
  return tagged(0x82, Buffer.from(name));
}
