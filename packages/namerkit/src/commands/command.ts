import { type ParseArgsConfig, parseArgs } from "node:util";
import { messageOf } from "@namerkit/core";
import { type Console, type ExitCode, usageError } from "../console.js";

export interface Command {
  readonly name: string;
  /** After `namerkit`, for the usage line. */
  readonly usage: string;
  /** The first line stands in the list of commands. */
  readonly summary: string;
  run(args: readonly string[], console: Console): Promise<ExitCode>;
}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

export interface ParsedCommand<O extends Options, P extends readonly string[]> {
  readonly values: Parsed<O>["values"];
  readonly positionals: { readonly [K in keyof P]: string };
}

/** Options and exactly the named positionals, or a usage error that says what is missing or too much. */
export function parseCommand<const O extends Options, const P extends readonly string[]>(
  args: readonly string[],
  options: O,
  positionals: P,
): ParsedCommand<O, P> {
  const parsed = parse(args, options);
  const missing = positionals[parsed.positionals.length];
  if (missing !== undefined) throw usageError(`${missing} is missing.`);
  if (parsed.positionals.length > positionals.length) {
    throw usageError(`unexpected argument "${parsed.positionals[positionals.length]}".`);
  }
  return { values: parsed.values, positionals: parsed.positionals as { readonly [K in keyof P]: string } };
}

function parse<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs explains itself in a paragraph, of which the first sentence says what is wrong.
    throw usageError(messageOf(error).replace(/\. To specify.*$/s, "."));
  }
}

/** A positive whole number of milliseconds. */
export function milliseconds(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 31 - 1) {
    throw usageError(`${option} takes a whole number of milliseconds, not "${text}".`);
  }
  return value;
}
