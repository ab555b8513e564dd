import type { ConfigNode } from "../document/node.js";
import type { Place, Reporter } from "../reporter.js";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What reading needs beside the value itself. */
export interface Reading {
  readonly reporter: Reporter;
  /** The whole text, for positions within a value. */
  readonly text: string;
  /** Relative file names are relative to this folder. */
  readonly baseDir: string;
  /** Has it checked, once all is read, that the file is there and can be read. */
  wants(file: string, place: Place): void;
}

/** One type of value: how it is read, and how JSON Schema says it. */
export interface FieldType<out T> {
  readonly schema: JsonSchema;
  /** The value; undefined when it is wrong, which has then been reported. Never throws. */
  read(node: ConfigNode, path: string, reading: Reading): T | undefined;
}

/**
 * How far a key is acted on.
 * `built`: wholly. `quiet`: taken in without a word, as there is nothing to lose. `ignored`: known, not acted on, requests go the
 * same way: a warning. `refused`: known, not acted on, and leaving it out would be unsafe: an error. `removed`: of an older
 * Linkerd: a warning.
 */
export type Support = "built" | "quiet" | "ignored" | "refused" | "removed";

/** One key of a mapping. A table of these is the whole knowledge of an area: it checks, documents and yields JSON Schema. */
export interface Field<out T, out Always extends boolean = boolean> {
  readonly type: FieldType<T>;
  readonly doc: string;
  readonly support: Support;
  /** Used when the key is absent, null or wrong. */
  readonly fallback: T | undefined;
  readonly required: boolean;
  /** Values that mean what is done anyway, and so need no warning or error. */
  readonly harmless: (value: never) => boolean;
  /** For `refused` and `removed`: why, or what to write instead. */
  readonly note: string | undefined;
  /** Present only in types. */
  readonly always?: Always;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

type Settled<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, infer Always>
    ? Always extends true
      ? K
      : never
    : never]: F[K] extends Field<infer T> ? T : never;
};
type Unsettled<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, infer Always>
    ? Always extends true
      ? never
      : K
    : never]?: F[K] extends Field<infer T> ? T : never;
};

/** What a table of fields reads to: a key with a default is always there, another only if it was given and is right. */
export type Values<F extends Fields> = Settled<F> & Unsettled<F>;

interface Extra<T> {
  readonly harmless?: (value: T) => boolean;
}

const never = () => false;
const plain = { fallback: undefined, required: false, harmless: never, note: undefined };

export function built<T>(type: FieldType<T>, doc: string): Field<T, false> {
  return { ...plain, type, doc, support: "built" };
}

export function withDefault<T>(type: FieldType<T>, fallback: T, doc: string): Field<T, true> {
  return { ...plain, type, doc, support: "built", fallback };
}

export function required<T>(type: FieldType<T>, doc: string): Field<T, false> {
  return { ...plain, type, doc, support: "built", required: true };
}

export function quiet<T>(type: FieldType<T>, doc: string): Field<T, false> {
  return { ...plain, type, doc, support: "quiet" };
}

export function ignored<T>(type: FieldType<T>, doc: string, extra: Extra<T> = {}): Field<T, false> {
  return { ...plain, type, doc, support: "ignored", harmless: extra.harmless ?? never };
}

export function refused<T>(type: FieldType<T>, doc: string, note: string, extra: Extra<T> = {}): Field<T, false> {
  return { ...plain, type, doc, support: "refused", note, harmless: extra.harmless ?? never };
}

export function removed<T>(type: FieldType<T>, doc: string, note: string): Field<T, false> {
  return { ...plain, type, doc, support: "removed", note };
}
