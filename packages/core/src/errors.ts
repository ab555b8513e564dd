const brand = Symbol.for("@namerkit/core/error@1");

/** Every code that core itself raises, and what it means. Other packages extend the list with tables of their own. */
export const CORE_ERROR_CODES = {
  PATH_INVALID: "The text is not a path such as /svc/web.",
  NAMETREE_INVALID: "The text is not a name tree such as /a | 0.3*/b & 0.7*/c.",
  DTAB_INVALID: "The text is not a delegation table such as /svc => /#/io.l5d.fs;",
  DTAB_HEADER_INVALID: "A header that should carry a delegation table does not.",
  CODEC_INVALID: "The JSON is not a Path, NameTree, Dtab or Addr in the form this version writes.",
  BIND_DEPTH: "Names were rewritten more often than the depth limit allows; the dtab probably has a loop.",
  BIND_BREADTH:
    "The name leads to too many lookups at once, or to too long a name; the dtab probably multiplies in a loop.",
  BIND_THREW: "A namer threw instead of answering.",
  NAMER_UNKNOWN: "No built-in namer has the name after /$/.",
  NAMER_CONFIG: "The options given to a namer are not usable.",
  NAMER_PENDING: "The catalogue has not answered within firstAnswerMs.",
  NAMER_STALE: "The last good answer is older than maxStaleMs.",
  NAMER_REFUSED: "The catalogue refused the request (401 or 403).",
  NAMER_UNAVAILABLE: "The catalogue could not be reached, or failed.",
  NAMER_ANSWER: "The catalogue answered something that cannot be understood.",
  NAMER_TOO_MANY_KEYS: "More names are being watched than maxKeys allows.",
  ABORTED: "The operation was aborted by its caller.",
  CLOSED: "The object was closed.",
} as const;

/** Where in a text something is wrong: a 0-based offset in UTF-16 code units. */
export interface TextPosition {
  readonly offset: number;
}

export interface NamerErrorOptions {
  readonly cause?: unknown;
  /** Believed even after a success: the binding cache lets go of the last good answer (see NAMER_STALE). */
  readonly final?: boolean;
  readonly at?: TextPosition;
  /** How long the other side asked us to wait, in milliseconds (Retry-After). */
  readonly retryAfterMs?: number;
}

/** The one error class of Namerkit. `code` is stable and documented; `message` is for people and may change. */
export class NamerError extends Error {
  readonly code: string;
  readonly final: boolean;
  readonly at: TextPosition | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: NamerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "NamerError";
    this.code = code;
    this.final = options.final ?? false;
    this.at = options.at;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for a NamerError of any copy of core in the process, where `instanceof` would see only its own. */
export function isNamerError(value: unknown): value is NamerError {
  return typeof value === "object" && value !== null && brand in value;
}

/** The error itself if it already is a NamerError, else one that wraps whatever was thrown. */
export function toNamerError(thrown: unknown, code: string, prefix = ""): NamerError {
  if (isNamerError(thrown)) return thrown;
  return new NamerError(code, prefix + messageOf(thrown), { cause: thrown });
}

/** A message for people out of anything that can be thrown, the causes of a chain included once each. */
export function messageOf(thrown: unknown): string {
  const seen = new Set<unknown>();
  const parts: string[] = [];
  for (let at: unknown = thrown; at !== undefined && at !== null && !seen.has(at); ) {
    seen.add(at);
    const text = at instanceof Error ? at.message || at.name : String(at);
    if (text !== "" && !parts.some((part) => part.includes(text))) parts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(": ");
}
