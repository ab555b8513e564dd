/** One entry of the `cases` of a vector file. */
export type VectorCase = Readonly<Record<string, unknown>>;

/** A vector file: its base name without .json, and what stands beside the cases. */
export interface VectorFile {
  readonly name: string;
  readonly path: string;
  readonly cases: readonly VectorCase[];
}

/**
 * Checks one case; throws (usually through `expect`) if the project does not do what the case says. An op that it does not know
 * must throw too: see `unknownOp`. The file adapters/<name>.ts exports it as `adapter` for the vector file <name>.json.
 */
export type Adapter = (vectorCase: VectorCase, file: VectorFile) => void | Promise<void>;

/** Never a skip: a case that nobody checks would look like one that passed. */
export function unknownOp(vectorCase: VectorCase, file: VectorFile): never {
  throw new Error(`${file.name}.json: no adapter for op ${JSON.stringify(vectorCase.op)}`);
}

/** A text field of a case; fails if it is missing, so that a misspelt field cannot make a case pass. */
export function text(vectorCase: VectorCase, field: string): string {
  const value = vectorCase[field];
  if (typeof value !== "string") throw new Error(`the case has no text "${field}"`);
  return value;
}
