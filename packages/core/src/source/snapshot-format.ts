import { ipv4Literal, isIpv6 } from "../binding/inet.js";
import { messageOf, NamerError } from "../errors.js";
import { decodeAddr, encodeAddr } from "../names/codec.js";
import { Path } from "../names/path.js";
import type { Bound } from "./found.js";

/** The mark of the only form that this version writes and reads. */
const FORMAT = "namerkit-snapshot@1";

/** The addresses of one name, and when the catalogue was last in touch with them, in wall time. */
export interface Remembered {
  readonly bound: Bound;
  readonly at: number;
}

export interface Snapshot {
  readonly names: readonly (readonly [key: string, Remembered])[];
  /** What is wrong with each entry that was left out. */
  readonly problems: readonly string[];
}

/** One entry's addresses as JSON text: worth keeping, since from one save to the next most names are the same. */
export function addressesJson(bound: Bound): string {
  return JSON.stringify(encodeAddr(bound));
}

/**
 * `{"format","prefix","savedAt","names":{"/80/shop/web":ADDR}}`, ADDR as in core's codec. `savedAt` is when the catalogue was last in
 * touch; an entry that is older than that says so in a field `at`.
 */
export function snapshotText(
  prefix: Path,
  savedAt: number,
  names: Iterable<readonly [key: string, json: string, at: number]>,
): string {
  const entries = Array.from(names, ([key, json, at]) => {
    const aged = at === savedAt ? json : `${json.slice(0, -1)},"at":${JSON.stringify(iso(at))}}`;
    return `${JSON.stringify(key)}:${aged}`;
  });
  const head = JSON.stringify({ format: FORMAT, prefix: prefix.show(), savedAt: iso(savedAt) });
  return `${head.slice(0, -1)},"names":{${entries.join(",\n")}}}\n`;
}

/** Reads such a text. Throws CODEC_INVALID for what is no snapshot of this namer; a bad entry is left out. */
export function readSnapshot(text: string, prefix: Path): Snapshot {
  const { format, prefix: of, savedAt: savedText, names: given } = object(parse(text), "it");
  if (format !== FORMAT) throw invalid(`its format is ${short(format)}, not "${FORMAT}"`);
  if (of !== prefix.show()) throw invalid(`it is of ${short(of)}, not of ${prefix.show()}`);
  const savedAt = time(savedText, "savedAt");
  const names: (readonly [string, Remembered])[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(object(given, "names"))) {
    try {
      names.push([canonical(key), entry(value, savedAt)]);
    } catch (thrown) {
      problems.push(`${short(key)}: ${messageOf(thrown)}`);
    }
  }
  return { names, problems };
}

function entry(value: unknown, savedAt: number): Remembered {
  const { at } = object(value, "the entry");
  const addr = decodeAddr(value);
  if (addr.type !== "bound" || addr.addresses.length === 0) throw invalid("there are no addresses");
  for (const { ip, port, weight } of addr.addresses) {
    if (ipv4Literal(ip) !== ip && !isIpv6(ip)) throw invalid(`${short(ip)} is not an IP address`);
    if (port === 0 || weight < 0) throw invalid(`port ${port} and weight ${weight} cannot be`);
  }
  return { bound: addr, at: at === undefined ? savedAt : Math.min(savedAt, time(at, "at")) };
}

function canonical(key: string): string {
  const shown = Path.parse(key).show();
  if (shown !== key) throw invalid(`it is written ${shown}`);
  return key;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new NamerError("CODEC_INVALID", `it is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} is not an object`);
}

function time(value: unknown, what: string): number {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw invalid(`${what} is ${short(value)}, not a time`);
  return at;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Not more of a stranger's file than helps. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 100 ? `${text.slice(0, 100)} …` : text;
}

function invalid(message: string): NamerError {
  return new NamerError("CODEC_INVALID", message);
}
