import type { HeaderPair, RecordedChunk } from "./recording.js";

const SECRET_HEADER = /authorization|token|secret|passw|credential|cookie|api-?key|signature|session/i;
const SECRET_PARAMETER = /token|secret|passw|pwd|credential|auth|signature|session|api[-_]?key|^key$|^sig$|^code$/i;
const PARAMETER = /([?&])([^=&#\s]*)=([^&#\s]*)/g;
const HIDDEN = "***";

/** A shorter value that was sent as a credential could be any word; where it comes again it is let stand. */
const SHORTEST_LEARNT = 8;

/**
 * Keeps credentials out of a recording: the values of headers and query parameters with telling names, what was given as secret, and,
 * in headers and bodies, those values wherever they come again.
 */
export class Secrets {
  readonly #given: readonly string[];
  readonly #known: Set<string>;

  constructor(given: readonly string[] = []) {
    this.#given = longestFirst(given.flatMap(spellings));
    this.#known = new Set(this.#given);
  }

  /** Remembers the credentials of a request. */
  learn(path: string, headers: readonly HeaderPair[]): void {
    for (const [, , name = "", value = ""] of path.matchAll(PARAMETER)) {
      if (SECRET_PARAMETER.test(decoded(name))) this.#learn(decoded(value));
    }
    for (const [name, value] of headers) {
      if (!SECRET_HEADER.test(name)) continue;
      // Of `Bearer abc` the token too, and of `Basic …` the password.
      for (const word of [value, ...value.split(/[\s;,=]+/)]) this.#learn(word);
      const basic = /^basic\s+(\S+)$/i.exec(value)?.[1];
      if (basic !== undefined)
        this.#learn(
          Buffer.from(basic, "base64")
            .toString("utf8")
            .replace(/^[^:]*:/, ""),
        );
    }
  }

  /** A request target without credentials. Depends on nothing but what was given, so that a player finds it again. */
  path(path: string): string {
    return hide(withoutParameters(path), this.#given);
  }

  headers(headers: readonly HeaderPair[]): readonly HeaderPair[] {
    const known = longestFirst(this.#known);
    return headers.map(([name, value]) => [
      name,
      SECRET_HEADER.test(name) ? HIDDEN : hide(withoutParameters(value), known),
    ]);
  }

  /** A body, with as many asterisks as there were bytes: what announces its length stays true, and so do the pieces. */
  chunks(chunks: readonly RecordedChunk[]): readonly RecordedChunk[] {
    const whole = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString("latin1");
    let hidden = whole;
    for (const secret of longestFirst(this.#known)) {
      const bytes = Buffer.from(secret, "utf8").toString("latin1");
      hidden = hidden.replaceAll(bytes, "*".repeat(bytes.length));
    }
    if (hidden === whole) return chunks;
    const redacted = Buffer.from(hidden, "latin1");
    let at = 0;
    return chunks.map(({ atMs, bytes }) => {
      const piece = redacted.subarray(at, at + bytes.length);
      at += bytes.length;
      return { atMs, bytes: piece };
    });
  }

  #learn(value: string): void {
    if (value.length >= SHORTEST_LEARNT) for (const spelling of spellings(value)) this.#known.add(spelling);
  }
}

/** As it is, and as it would stand in a URL or in JSON. */
function spellings(secret: string): string[] {
  if (secret === "") return [];
  return [secret, encoded(secret), JSON.stringify(secret).slice(1, -1)];
}

function withoutParameters(text: string): string {
  return text.replace(PARAMETER, (whole, before: string, name: string) =>
    SECRET_PARAMETER.test(decoded(name)) ? `${before}${name}=${HIDDEN}` : whole,
  );
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

function longestFirst(secrets: Iterable<string>): readonly string[] {
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half of a surrogate pair cannot be in a URL.
    return text;
  }
}
