/** Passes over JSON without making anything of it, and takes nothing that `JSON.parse` would not. RFC 8259. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const T = 0x74;
export const F = 0x66;
export const N = 0x6e;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
const U = 0x75;

/** Nested deeper than what is sent for good reasons; the stack is not endless. */
export const DEEPEST = 200;

/** Thrown where it is no JSON, or nested too deep. Whoever wants to know where, and why, has `JSON.parse` tell it. */
export const notJson = new Error("not JSON");

const ascii = new TextEncoder();
export const TRUE = ascii.encode("true");
export const FALSE = ascii.encode("false");
export const NULL = ascii.encode("null");

/** 1: may stand in a string by itself, and ends nothing. */
const plain = new Uint8Array(256).fill(1, SPACE);
plain[QUOTE] = 0;
plain[BACKSLASH] = 0;

const hexadecimal = new Set(ascii.encode("0123456789abcdefABCDEF"));
/** What may follow a backslash. */
const escaped = new Set(ascii.encode('"\\/bfnrtu'));

// All of these take the bytes, and where something begins, and return where it is over.

export function pastValue(bytes: Uint8Array, at: number, depth: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return pastString(bytes, at);
    case OPEN_OBJECT:
      return pastMembers(bytes, at, depth + 1);
    case OPEN_LIST:
      return pastElements(bytes, at, depth + 1);
    case T:
      return pastWord(bytes, at, TRUE);
    case F:
      return pastWord(bytes, at, FALSE);
    case N:
      return pastWord(bytes, at, NULL);
    default:
      return pastNumber(bytes, at);
  }
}

function pastMembers(bytes: Uint8Array, open: number, depth: number): number {
  let at = pastOpening(bytes, open, depth);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    at = pastValue(bytes, pastColon(bytes, pastString(bytes, at)), depth);
    at = pastSpace(bytes, at);
    const byte = bytes[at++];
    if (byte === CLOSE_OBJECT) return at;
    if (byte !== COMMA) throw notJson;
    at = pastSpace(bytes, at);
  }
}

function pastElements(bytes: Uint8Array, open: number, depth: number): number {
  let at = pastOpening(bytes, open, depth);
  if (bytes[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    at = pastSpace(bytes, pastValue(bytes, at, depth));
    const byte = bytes[at++];
    if (byte === CLOSE_LIST) return at;
    if (byte !== COMMA) throw notJson;
    at = pastSpace(bytes, at);
  }
}

/** Past a bracket, and what follows it before the first element. */
export function pastOpening(bytes: Uint8Array, open: number, depth: number): number {
  if (depth > DEEPEST) throw notJson;
  return pastSpace(bytes, open + 1);
}

/** From the end of a name to its value. */
export function pastColon(bytes: Uint8Array, at: number): number {
  const colon = pastSpace(bytes, at);
  if (bytes[colon] !== COLON) throw notJson;
  return pastSpace(bytes, colon + 1);
}

export function pastString(bytes: Uint8Array, open: number): number {
  if (bytes[open] !== QUOTE) throw notJson;
  for (let at = open + 1; ; at++) {
    const byte = bytes[at] as number;
    if (plain[byte] === 1) continue;
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) throw notJson;
    at = endOfEscape(bytes, at + 1);
  }
}

/** What follows a backslash: where the last byte of it is. */
function endOfEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  if (!escaped.has(byte)) throw notJson;
  if (byte !== U) return at;
  for (let i = at + 1; i <= at + 4; i++) if (!hexadecimal.has(bytes[i] as number)) throw notJson;
  return at + 4;
}

export function pastWord(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) throw notJson;
  return at + word.length;
}

export function pastNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  at = bytes[at] === 0x30 ? at + 1 : pastDigits(bytes, at);
  if (bytes[at] === 0x2e) at = pastDigits(bytes, at + 1);
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return at;
  at++;
  if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
  return pastDigits(bytes, at);
}

function pastDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
  if (at === from) throw notJson;
  return at;
}

export function pastSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
}
