/** How an exchange ended. */
export type Ending =
  /** The server ended its answer in good order. */
  | "clean"
  /** The connection broke, or never came about. */
  | "reset"
  /** The client went away; the server would have gone on. */
  | "aborted"
  /** It was still under way when the recording stopped. */
  | "open"
  /** It went on, but what came could not be kept; `why` says what was in the way. It cannot be played. */
  | "unrecorded";

/** A part of a body as it came, in one piece. */
export interface RecordedChunk {
  /** When it came, in ms since the request. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

export type HeaderPair = readonly [name: string, value: string];

/** One request and its answer. What was secret in either is asterisks. */
export interface RecordedExchange {
  /** In the order in which requests came, from 1. */
  readonly number: number;
  /** When the request came, in ms since the recording began. */
  readonly atMs: number;
  readonly request: { readonly method: string; readonly path: string; readonly headers: readonly HeaderPair[] };
  /** Undefined if nothing was answered. */
  readonly answer:
    | { readonly atMs: number; readonly status: number; readonly headers: readonly HeaderPair[] }
    | undefined;
  readonly chunks: readonly RecordedChunk[];
  readonly ended: Ending;
  /** What broke it off, or why it was not recorded. */
  readonly why?: string | undefined;
  /** In ms since the request. */
  readonly endedAtMs: number;
}

/** What a catalogue was asked and has answered, in the order of the requests. */
export interface Recording {
  readonly exchanges: readonly RecordedExchange[];
}

/** Of the file's first line. Grows when older players could not read what is written. */
export const VERSION = 1;
