import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import {
  createInterpreter,
  Dtab,
  defineInterpreter,
  type Interpreter,
  type InterpreterEnv,
  type InterpreterPlugin,
  NamerError,
  type PartialSourceOptions,
  sourceJsonSchemaProperties,
  supervise,
  withLiveDtab,
  withSourceOptions,
} from "@namerkit/core";
import * as z from "zod";
import { watchDtab } from "./watch-dtab.js";

const fields = z.strictObject({
  dtabFile: z
    .string("expected the name of a file")
    .min(1, "expected the name of a file")
    .describe("The file that holds the dtab; relative to the configuration file."),
});
const { $schema: _, properties, ...rest } = z.toJSONSchema(fields, { io: "input" });

export type FsInterpreterConfig = z.output<typeof fields> & { readonly source: PartialSourceOptions };

/** An interpreter that can say what dtab it has, and from when. */
export interface FsInterpreter extends Interpreter {
  state(): object;
}

/** `io.l5d.fs` among the interpreters: binds by a dtab in a file, and follows it as it is edited. */
export const fsInterpreterPlugin: InterpreterPlugin<FsInterpreterConfig> = defineInterpreter({
  kind: "io.l5d.fs",
  config: withSourceOptions<z.output<typeof fields>>(fields),
  jsonSchema: { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } },
  create: createFsInterpreter,
});

/**
 * Entries of the router's and of the request's dtab come after those of the file, and so win. The last dtab that could be read stays
 * whatever becomes of the file.
 *
 * @throws NamerError NAMER_CONFIG if there is no such file
 */
export function createFsInterpreter({ dtabFile, source }: FsInterpreterConfig, env: InterpreterEnv): FsInterpreter {
  const file = resolve(env.baseDir, dtabFile);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new NamerError("NAMER_CONFIG", `dtabFile: ${file} is not a file`);
  }
  const place = { folder: dirname(file), name: basename(file) };
  const { namers, inet } = env;
  const options = { ...source, backoff: { capMs: 2_000 } };
  const { activity, status } = supervise<Dtab>(env, options, (context) => watchDtab(env, place, context), {
    equals: (a, b) => a.equals(b),
  });
  let last: Dtab | undefined;
  const live = activity.map((dtab) => {
    last = dtab ?? Dtab.empty;
    return last;
  });
  const interpreter = withLiveDtab(createInterpreter({ namers, inet }), live);
  return {
    bind: (dtab, path, given) => interpreter.bind(dtab, path, given),
    delegate: (dtab, path, given) => interpreter.delegate(dtab, path, given),
    state: () => ({ file, dtab: last?.show(), freshness: status.sample() }),
  };
}
