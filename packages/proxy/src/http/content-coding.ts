/** A coding that the proxy can put content into. */
export type ContentCoding = "gzip" | "deflate";

/**
 * What the client would rather have of them by its Accept-Encoding (RFC 9110, 12.5.3); undefined: the content as it is. That only
 * wins where it is asked for by name, with a higher weight; an element that cannot be read counts as not wanted.
 */
export function preferredCoding(accepted: string): ContentCoding | undefined {
  const weights = new Map<string, number>();
  for (const element of accepted.split(",")) {
    const [name = "", ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
    if (name !== "") weights.set(name === "x-gzip" ? "gzip" : name, weightOf(parameters));
  }
  const others = weights.get("*") ?? 0;
  const gzip = weights.get("gzip") ?? others;
  const deflate = weights.get("deflate") ?? others;
  const best = Math.max(gzip, deflate);
  if (best === 0 || (weights.get("identity") ?? 0) > best) return undefined;
  return gzip === best ? "gzip" : "deflate";
}

function weightOf(parameters: readonly string[]): number {
  const [weight] = parameters;
  if (weight === undefined) return 1;
  const found = /^q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.exec(weight);
  return found === null || parameters.length > 1 ? 0 : Number(found[1]);
}

/** What people or programs read as text. Not events: they come one by one for hours, and each stream would hold its window. */
export function isTextual(contentType: string): boolean {
  const type = mediaType(contentType);
  return (
    type !== "text/event-stream" && (type.startsWith("text/") || textualTypes.has(type) || /\+(?:json|xml)$/.test(type))
  );
}

/** What may well get smaller: all but what is compressed in itself, and events. */
export function isCompressible(contentType: string): boolean {
  const type = mediaType(contentType);
  return isTextual(type) || !(type === "text/event-stream" || packed.test(type));
}

function mediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] as string).trim().toLowerCase();
}

const textualTypes: ReadonlySet<string> = new Set([
  "application/javascript",
  "application/x-javascript",
  "application/json",
  "application/x-ndjson",
  "application/xml",
]);
const packed =
  /^(?:image\/(?!bmp$)|audio\/|video\/|font\/woff|application\/(?:gzip|zip|zstd|x-gzip|x-bzip2?|x-xz|x-7z-compressed|vnd\.rar|x-rar-compressed|java-archive)$)/;
