/**
 * Where the objects in a JSON list of objects begin and end, by looking for `},{"first key":` alone; undefined where the bytes do not
 * look like such a list. It is a guess, and need not be right: bytes between brackets, cut at commas, are the list of these pieces
 * exactly if every piece, between brackets, is a list by itself. Whoever parses the pieces finds out, and has to parse the whole instead.
 *
 * @returns the offsets of first byte and end, in pairs
 */
export function cutList(body: Buffer): number[] | undefined {
  const start = afterSpace(body, 0, 1);
  const end = afterSpace(body, body.length - 1, -1);
  if (body[start] !== 0x5b || body[end] !== 0x5d || body[start + 1] !== 0x7b) return undefined;
  const colon = body.indexOf(":", start);
  if (colon < 0 || colon - start > LONGEST_KEY) return undefined;
  const seam = Buffer.concat([Buffer.from("},"), body.subarray(start + 1, colon + 1)]);
  const cuts = [start + 1];
  for (let at = body.indexOf(seam, start); at >= 0; at = body.indexOf(seam, at + seam.length))
    cuts.push(at + 1, at + 2);
  cuts.push(end);
  return cuts;
}

const LONGEST_KEY = 100;

function afterSpace(body: Buffer, from: number, step: 1 | -1): number {
  let at = from;
  while (SPACE.has(body[at] ?? -1)) at += step;
  return at;
}

/** The white space of JSON (RFC 8259, 2). */
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
