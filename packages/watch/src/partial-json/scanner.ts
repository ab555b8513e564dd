import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  F,
  FALSE,
  N,
  NULL,
  notJson,
  OPEN_LIST,
  OPEN_OBJECT,
  pastColon,
  pastNumber,
  pastOpening,
  pastSpace,
  pastString,
  pastValue,
  pastWord,
  QUOTE,
  T,
  TRUE,
} from "./grammar.js";
import { nothing, type Wanted } from "./shape.js";
import { Strings } from "./strings.js";

const strings = new Strings();

/** Where the value is over that was read last. */
let end = 0;

/** Told of the elements of a list in the outermost object, in the place of having them kept. */
let told: ((element: unknown) => void) | undefined;

/** What is wanted of JSON; undefined if it is none, or nested too deep. */
export function scan(utf8: Uint8Array, wanted: Wanted, each?: (element: unknown) => void): unknown {
  // Of one kind always, which is what makes it fast.
  const bytes = Buffer.isBuffer(utf8) ? utf8 : Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength);
  told = each;
  try {
    const value = valueAt(bytes, pastSpace(bytes, 0), wanted, 0);
    return pastSpace(bytes, end) === bytes.length ? value : undefined;
  } catch (thrown) {
    if (thrown === notJson) return undefined;
    throw thrown;
  } finally {
    told = undefined;
  }
}

function valueAt(bytes: Buffer, at: number, wanted: Wanted, depth: number): unknown {
  switch (bytes[at]) {
    case QUOTE:
      return stringAt(bytes, at);
    case OPEN_OBJECT:
      return wanted.whole ? wholeAt(bytes, at, depth) : objectAt(bytes, at, wanted, depth + 1);
    case OPEN_LIST:
      return wanted.whole ? wholeAt(bytes, at, depth) : listAt(bytes, at, wanted.elements ?? nothing, depth + 1);
    case T:
      end = pastWord(bytes, at, TRUE);
      return true;
    case F:
      end = pastWord(bytes, at, FALSE);
      return false;
    case N:
      end = pastWord(bytes, at, NULL);
      return null;
    default:
      end = pastNumber(bytes, at);
      return Number(bytes.toString("latin1", at, end));
  }
}

/** An object or a list, of which all is wanted. */
function wholeAt(bytes: Buffer, at: number, depth: number): unknown {
  end = pastValue(bytes, at, depth);
  return JSON.parse(bytes.toString("utf8", at, end));
}

function objectAt(bytes: Buffer, open: number, wanted: Wanted, depth: number): unknown {
  const { repeats } = wanted;
  if (repeats === undefined) return membersAt(bytes, open, wanted, depth);
  if (repeats.isAt(bytes, open)) {
    end = open + repeats.length;
    return repeats.value;
  }
  const made = membersAt(bytes, open, wanted, depth);
  repeats.keep(bytes, open, end, made);
  return made;
}

function membersAt(bytes: Buffer, open: number, wanted: Wanted, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  let at = pastOpening(bytes, open, depth);
  if (bytes[at] === CLOSE_OBJECT) {
    end = at + 1;
    return made;
  }
  const { names, keys, members } = wanted;
  // They nearly always come in the same order.
  let expected = 0;
  for (;;) {
    const name = at;
    at = pastString(bytes, name);
    const found = memberAt(bytes, name, at, names, expected, keys);
    at = pastColon(bytes, at);
    if (found === -1) at = pastValue(bytes, at, depth);
    else {
      made[keys[found] as string] = valueAt(bytes, at, members[found] as Wanted, depth);
      at = end;
      expected = found + 1;
    }
    at = pastSpace(bytes, at);
    const byte = bytes[at++];
    if (byte === CLOSE_OBJECT) break;
    if (byte !== COMMA) throw notJson;
    at = pastSpace(bytes, at);
  }
  end = at;
  return made;
}

function listAt(bytes: Buffer, open: number, wanted: Wanted, depth: number): unknown[] {
  const made: unknown[] = [];
  let at = pastOpening(bytes, open, depth);
  if (bytes[at] === CLOSE_LIST) {
    end = at + 1;
    return made;
  }
  for (;;) {
    const element = valueAt(bytes, at, wanted, depth);
    if (depth === 2 && told !== undefined) told(element);
    else made.push(element);
    at = pastSpace(bytes, end);
    const byte = bytes[at++];
    if (byte === CLOSE_LIST) break;
    if (byte !== COMMA) throw notJson;
    at = pastSpace(bytes, at);
  }
  end = at;
  return made;
}

/** Which of the wanted members this name, quotes included, is: -1 if none. */
function memberAt(
  bytes: Buffer,
  from: number,
  to: number,
  names: readonly Uint8Array[],
  expected: number,
  keys: readonly string[],
): number {
  for (let i = expected; i < names.length; i++) if (isName(bytes, from, to, names[i] as Uint8Array)) return i;
  for (let i = 0; i < expected; i++) if (isName(bytes, from, to, names[i] as Uint8Array)) return i;
  // A name may be written with escapes, though nobody does.
  for (let i = from; i < to; i++) {
    if (bytes[i] === BACKSLASH) return keys.indexOf(JSON.parse(bytes.toString("utf8", from, to)) as string);
  }
  return -1;
}

function isName(bytes: Buffer, from: number, to: number, name: Uint8Array): boolean {
  if (name.length !== to - from - 2) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + 1 + i]) return false;
  return true;
}

function stringAt(bytes: Buffer, open: number): string {
  end = pastString(bytes, open);
  let hash = 0;
  let all = 0;
  for (let i = open + 1; i < end - 1; i++) {
    const byte = bytes[i] as number;
    if (byte === BACKSLASH) return JSON.parse(bytes.toString("utf8", open, end)) as string;
    all |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  return strings.of(bytes, open + 1, end - 1, hash, all < 0x80);
}
