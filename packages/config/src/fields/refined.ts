import type { ConfigNode } from "../document/node.js";
import type { FieldType, Reading } from "./field.js";

/** Where the value that is refined stands. */
export interface RefineAt<N extends ConfigNode = ConfigNode> {
  readonly node: N;
  readonly path: string;
  readonly reading: Reading;
}

/** A type whose values, once read, are checked further or made into what the plan has; undefined: wrong, and reported. */
export function refined<T, U>(type: FieldType<T>, refine: (value: T, at: RefineAt) => U | undefined): FieldType<U> {
  return {
    schema: type.schema,
    read(node, path, reading) {
      const value = type.read(node, path, reading);
      return value === undefined ? undefined : refine(value, { node, path, reading });
    },
  };
}
