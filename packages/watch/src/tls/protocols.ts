import type { SecureContextOptions, SecureVersion } from "node:tls";

const versions: readonly SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** What is wrong with a list of versions; undefined if nothing is. */
export function protocolProblem(protocols: readonly string[]): string | undefined {
  const unknown = protocols.find((one) => !versions.some((version) => version === one));
  return unknown === undefined ? undefined : `Unknown TLS protocol: ${unknown}; there are ${versions.join(", ")}`;
}

/**
 * A list as settings of Node.js, which knows a smallest and a largest version. TLS negotiates within a range: of a list with a gap it
 * is what lies above the gap.
 */
export function protocolSettings(protocols: readonly string[]): SecureContextOptions {
  const max = versions.findLastIndex((version) => protocols.includes(version));
  let min = max;
  while (min > 0 && protocols.includes(versions[min - 1] ?? "")) min--;
  const [minVersion, maxVersion] = [versions[min], versions[max]];
  return minVersion === undefined || maxVersion === undefined ? {} : { minVersion, maxVersion };
}
