import type { Reader } from "./reader.js";
import type { HealthCheckDescription } from "./types.js";
import type { At } from "./yaml-places.js";

const numbers = ["interval", "responseTimeout", "healthyThreshold", "unhealthyThreshold"] as const;

/** Intervals and time-outs in ms. Where nothing is said, containers with a health have the usual check. */
export function readHealthCheck(
  reader: Reader,
  value: unknown,
  at: At,
  hasHealth: boolean,
): HealthCheckDescription | null {
  if (value === undefined) return hasHealth ? { port: 80, interval: 2000, unhealthyThreshold: 3 } : null;
  if (value === null) return null;
  const fields = reader.object(value, at, ["port", ...numbers, "requestLine"]);
  const given = numbers.filter((key) => fields[key] !== undefined);
  return {
    port: reader.whole(fields.port, [...at, "port"], 1, 65_535),
    ...Object.fromEntries(given.map((key) => [key, reader.whole(fields[key], [...at, key], 1, 86_400_000)])),
    ...(fields.requestLine === undefined
      ? {}
      : { requestLine: reader.text(fields.requestLine, [...at, "requestLine"]) }),
  };
}
