/** An element of a name out of header text, which node hands over byte by byte as latin-1. */
export function headerElement(text: string): string | Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.from(text, "latin1");
  return text;
}

/** The segments of a request target, query left out; empty ones count. `/a/b/?q` → a, b and an empty one. */
export function segmentsOf(target: string): string[] {
  const query = target.indexOf("?");
  const path = query === -1 ? target : target.slice(0, query);
  return path.slice(1).split("/");
}
