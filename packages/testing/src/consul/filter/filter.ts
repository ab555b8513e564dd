import { FilterError, noMatch, type Token, tokens } from "./lexer.js";

export { FilterError } from "./lexer.js";

type Test = (entry: unknown) => boolean;

const VALUE = ', expected: "-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]';

/**
 * Consul's filter expressions, as far as namers use them: `==`, `!=`, `in`, `not in`, `contains`, `not contains`, `is empty`,
 * `is not empty`, `matches`, `not matches`, `and`, `or`, `not` and parentheses, over selectors such as Service.Meta.version or
 * Node.Meta["rack"]. What goes through a list is true if it is of one of its entries.
 *
 * `shape` is an entry with everything in it that a selector may speak of; below an empty object any word may follow.
 * @throws FilterError
 */
export function parseFilter(expression: string, shape: unknown): Test {
  const parser = new Parser(tokens(expression), shape);
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #shape: unknown;
  readonly #selectors: (readonly string[])[] = [];
  #next = 0;

  constructor(all: readonly Token[], shape: unknown) {
    this.#tokens = all;
    this.#shape = shape;
  }

  whole(): Test {
    const test = this.#either();
    if (this.#token.kind !== "end") throw noMatch(this.#token.at);
    for (const path of this.#selectors) {
      if (!exists(this.#shape, path)) throw new FilterError(`Selector ${JSON.stringify(path.join("."))} is not valid`);
    }
    return test;
  }

  #either(): Test {
    const left = this.#both();
    if (!this.#take("or")) return left;
    const right = this.#either();
    return (entry) => left(entry) || right(entry);
  }

  #both(): Test {
    const left = this.#not();
    if (!this.#take("and")) return left;
    const right = this.#both();
    return (entry) => left(entry) && right(entry);
  }

  #not(): Test {
    if (this.#take("not")) {
      const test = this.#not();
      return (entry) => !test(entry);
    }
    if (!this.#take("(")) return this.#match();
    const test = this.#either();
    this.#expect(")");
    return test;
  }

  #match(): Test {
    // A value may stand first: "x" in Service.Tags
    const first = this.#token;
    if (first.kind !== "word") return this.#contained(this.#value());
    const after = this.#tokens[this.#next + 1]?.text;
    if (after === "in" || (after === "not" && this.#tokens[this.#next + 2]?.text === "in")) {
      return this.#contained(this.#value());
    }
    return this.#about(this.#selector());
  }

  #contained(value: string): Test {
    const negated = this.#take("not");
    this.#expect("in");
    const select = this.#selector();
    return (entry) => holds(select(entry), value) !== negated;
  }

  #about(select: (entry: unknown) => readonly unknown[]): Test {
    if (this.#take("==")) return some(select, this.#value());
    if (this.#take("!=")) {
      const equal = some(select, this.#value());
      return (entry) => !equal(entry);
    }
    if (this.#take("is")) {
      const negated = this.#take("not");
      this.#expect("empty");
      return (entry) => select(entry).every(isEmpty) !== negated;
    }
    const negated = this.#take("not");
    if (this.#take("contains")) {
      const value = this.#value();
      return (entry) => holds(select(entry), value) !== negated;
    }
    this.#expect("matches");
    const pattern = regular(this.#value());
    return (entry) => select(entry).some((one) => pattern.test(textOf(one))) !== negated;
  }

  #selector(): (entry: unknown) => readonly unknown[] {
    const path = [this.#word()];
    for (;;) {
      if (this.#take(".")) path.push(this.#word());
      else if (this.#take("[")) {
        path.push(this.#value());
        this.#expect("]");
      } else break;
    }
    this.#selectors.push(path);
    return (entry) => at(entry, path);
  }

  #word(): string {
    const token = this.#token;
    if (token.kind !== "word") throw noMatch(token.at);
    this.#next++;
    return token.text;
  }

  #value(): string {
    const token = this.#token;
    if (token.kind === "sign" || token.kind === "end") throw noMatch(token.at, VALUE);
    this.#next++;
    return token.text;
  }

  #take(text: string): boolean {
    const { kind, text: found } = this.#token;
    if (found !== text || kind === "text") return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw noMatch(this.#token.at);
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }
}

const some = (select: (entry: unknown) => readonly unknown[], value: string): Test => {
  return (entry) => select(entry).some((one) => textOf(one) === value);
};

/** Everything at the end of the path; several where it goes through a list. */
function at(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value) && path.length > 0) return value.flatMap((one) => at(one, path));
  const [first, ...rest] = path;
  if (first === undefined) return [value];
  if (typeof value !== "object" || value === null) return [];
  const next = (value as Record<string, unknown>)[first];
  return next === undefined ? [] : at(next, rest);
}

function exists(shape: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (Array.isArray(shape)) return exists(shape[0], path);
  if (typeof shape !== "object" || shape === null) return false;
  const fields = shape as Record<string, unknown>;
  if (Object.keys(fields).length === 0) return rest.length === 0;
  return first in fields && exists(fields[first], rest);
}

/** A list or a text holds the value, or a map has such a key. */
function holds(found: readonly unknown[], value: string): boolean {
  return found.some((one) => {
    if (Array.isArray(one)) return one.some((entry) => textOf(entry) === value);
    if (typeof one === "object" && one !== null) return value in one;
    return textOf(one).includes(value);
  });
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

function regular(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new FilterError(`error parsing regexp: ${pattern}`);
  }
}

const textOf = (value: unknown): string => (typeof value === "object" ? "" : String(value));
