import { isNamerError, messageOf, NamerError } from "../errors.js";
import { Dentry, DentryPrefix, Dtab } from "./dtab.js";
import { NameTree } from "./nametree.js";

/** Names in any case, repeated ones in the order in which they came. */
export type Header = readonly [name: string, value: string];

/** How a delegation table travels with a request. */
export interface DtabHeaders {
  /** True for the names that `read` looks at; a proxy removes those before it writes its own. */
  owns(name: string): boolean;
  /** The tables of all such headers, one after the other. Throws DTAB_HEADER_INVALID. */
  read(headers: readonly Header[]): Dtab;
  /** Nothing for the empty table. Weights go in full, so that the next hop splits traffic as this one would. */
  write(dtab: Dtab): readonly Header[];
}

const CONTEXT = "l5d-ctx-dtab";
const USER = "l5d-dtab";

/** Linkerd's: what earlier proxies passed on in l5d-ctx-dtab, then what a client asked for in l5d-dtab. Commas do not separate. */
export const linkerdDtabHeaders: DtabHeaders = {
  owns(name) {
    const lower = name.toLowerCase();
    return lower === CONTEXT || lower === USER;
  },
  read(headers) {
    return joined([...valuesOf(headers, CONTEXT), ...valuesOf(headers, USER)]);
  },
  write(dtab) {
    return dtab.isEmpty ? [] : [[CONTEXT, dtab.showExact()]];
  },
};

const LOCAL = "dtab-local";
const PAIR = "x-dtab-";
const MAX_ENTRIES = 99;

/** Finagle's: pairs of X-Dtab-nn-A and -B in base64, then Dtab-Local, in which commas separate tables. Only the latter is written. */
export const finagleDtabHeaders: DtabHeaders = {
  owns(name) {
    const lower = name.toLowerCase();
    return lower === LOCAL || lower.startsWith(PAIR);
  },
  read(headers) {
    const local = valuesOf(headers, LOCAL).flatMap((value) => value.split(","));
    return readPairs(headers).concat(joined(local));
  },
  /** Throws DTAB_HEADER_INVALID for 100 entries or more, as Finagle does. */
  write(dtab) {
    if (dtab.size > MAX_ENTRIES) throw invalid(`a dtab of ${dtab.size} entries is too long for a header`);
    return dtab.isEmpty ? [] : [[LOCAL, dtab.showExact()]];
  },
};

function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

function joined(texts: readonly string[]): Dtab {
  return Dtab.from(texts.flatMap((text) => parsed(() => Dtab.parse(text)).entries));
}

function readPairs(headers: readonly Header[]): Dtab {
  const pairs = headers
    .map(([name, value]): Header => [name.toLowerCase(), value])
    .filter(([name]) => name.startsWith(PAIR))
    .sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
  const entries: Dentry[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [pairs[i], pairs[i + 1]];
    if (a === undefined || b === undefined || !matched(a[0], b[0])) throw invalid("Unmatched X-Dtab headers");
    entries.push(readPair(a[1], b[1]));
  }
  return Dtab.from(entries);
}

function matched(a: string, b: string): boolean {
  return a.endsWith("a") && b.endsWith("b") && a.slice(0, -1) === b.slice(0, -1);
}

function readPair(a: string, b: string): Dentry {
  const prefix = fromBase64(a);
  const dst = fromBase64(b);
  return new Dentry(
    parsed(() => DentryPrefix.parse(prefix), `Invalid prefix: ${prefix}`),
    parsed(() => NameTree.parse(dst), `Invalid name: ${dst}`),
  );
}

function fromBase64(value: string): string {
  // Checked first because atob forgives whitespace.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw notBase64(value);
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(value), (char) => char.charCodeAt(0)));
  } catch (thrown) {
    throw notBase64(value, thrown);
  }
}

function notBase64(value: string, cause?: unknown): NamerError {
  return invalid(`Value not b64-encoded: ${value}`, cause);
}

function parsed<T>(parse: () => T, message?: string): T {
  try {
    return parse();
  } catch (thrown) {
    throw invalid(message ?? messageOf(thrown), thrown);
  }
}

function invalid(message: string, cause?: unknown): NamerError {
  const at = isNamerError(cause) ? cause.at : undefined;
  return new NamerError("DTAB_HEADER_INVALID", message, { cause, ...(at === undefined ? {} : { at }) });
}
