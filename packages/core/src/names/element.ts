import { NamerError } from "../errors.js";

/** One element of a path: its text, or its bytes where they are not valid UTF-8. Never empty. */
export type PathElement = string | Uint8Array;

const encoder = new TextEncoder();
// A leading byte order mark belongs to the name; without ignoreBOM it would be lost and two names would become one.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

const showable = new Uint8Array(128);
for (const char of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:.#$%-") {
  showable[char.charCodeAt(0)] = 1;
}

/** Whether a character stands for itself in the text of a path. False for NaN, as charCodeAt answers past the end. */
export function isShowable(code: number): boolean {
  return code < 128 && showable[code] === 1;
}

/** The one form of an element with these bytes. Takes the array over. */
export function elementOfBytes(bytes: Uint8Array): PathElement {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes;
  }
}

/** The one form of an element that came from outside: bytes are copied, lone surrogates become U+FFFD as in any encoder. */
export function canonicalElement(element: PathElement): PathElement {
  if (element.length === 0) throw new NamerError("PATH_INVALID", "a path element must not be empty");
  if (typeof element !== "string") return elementOfBytes(Uint8Array.from(element));
  return /\p{Surrogate}/u.test(element) ? lenient.decode(encoder.encode(element)) : element;
}

export function sameElement(a: PathElement, b: PathElement): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function bytesOfElement(element: PathElement): Uint8Array {
  return typeof element === "string" ? encoder.encode(element) : element;
}

/** For people and patterns: bytes that are not UTF-8 read as replacement characters, so this does not round-trip. */
export function textOfElement(element: PathElement): string {
  return typeof element === "string" ? element : lenient.decode(element);
}

/** The element as it stands in a path: itself if every byte is showable, otherwise every byte of it as \xhh. */
export function showElement(element: PathElement): string {
  if (typeof element === "string" && isPlain(element)) return element;
  let text = "";
  for (const byte of bytesOfElement(element)) text += `\\x${byte < 16 ? "0" : ""}${byte.toString(16)}`;
  return text;
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isShowable(text.charCodeAt(i))) return false;
  return true;
}
