/** Why an expression is none, in Consul's words. */
export class FilterError extends Error {}

export interface Token {
  readonly kind: "word" | "text" | "number" | "sign" | "end";
  /** Of a text, without its quotes. */
  readonly text: string;
  /** Where it begins, counted from 0. */
  readonly at: number;
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?\d+(\.\d+)?/y;
const WORD = /[A-Za-z][A-Za-z0-9_/-]*/y;
const SIGN = /==|!=|[()[\].]/y;

export function tokens(expression: string): readonly Token[] {
  const found: Token[] = [];
  for (let at = skip(expression, 0); at < expression.length; ) {
    const quote = expression.charAt(at);
    if (quote === '"' || quote === "`") {
      const end = closing(expression, at, quote);
      found.push({ kind: "text", text: unquoted(expression.slice(at + 1, end), quote), at });
      at = skip(expression, end + 1);
      continue;
    }
    const token = plain(expression, at);
    found.push(token);
    at = skip(expression, at + token.text.length);
  }
  return [...found, { kind: "end", text: "", at: expression.length }];
}

function skip(expression: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(expression);
  return SPACE.lastIndex;
}

function plain(expression: string, at: number): Token {
  for (const [kind, pattern] of [
    ["number", NUMBER],
    ["word", WORD],
    ["sign", SIGN],
  ] as const) {
    pattern.lastIndex = at;
    const match = pattern.exec(expression);
    if (match !== null) return { kind, text: match[0], at };
  }
  throw noMatch(at);
}

function closing(expression: string, from: number, quote: string): number {
  for (let at = from + 1; at < expression.length; at++) {
    if (expression[at] === quote) return at;
    if (expression[at] === "\\" && quote === '"') at++;
  }
  const end = expression.length;
  throw new FilterError(`1:${end + 1} (${end}): rule "string": Unterminated string literal`);
}

function unquoted(text: string, quote: string): string {
  return quote === "`" ? text : text.replace(/\\(.)/g, "$1");
}

/** Columns count from 1, offsets from 0. What would have been right there, Consul tells of values only. */
export function noMatch(at: number, expected = ""): FilterError {
  return new FilterError(`1:${at + 1} (${at}): no match found${expected}`);
}
