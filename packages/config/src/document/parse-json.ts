import type { Reporter } from "../reporter.js";
import { Entries } from "./entries.js";
import { LIMITS } from "./limits.js";
import { type ConfigNode, join, type ScalarNode } from "./node.js";

/** RFC 8259, strictly, with the place of every value. The first syntax error ends it: JSON has nothing to resynchronise at. */
export function parseJson(text: string, reporter: Reporter): ConfigNode | undefined {
  try {
    return new JsonReader(text, reporter).document();
  } catch (thrown) {
    if (!(thrown instanceof Stop)) throw thrown;
    reporter.error(thrown.code, { offset: thrown.offset, path: thrown.path }, thrown.message, thrown.hint);
    return undefined;
  }
}

class Stop extends Error {
  readonly code: "CONFIG_SYNTAX" | "CONFIG_LIMIT";
  readonly offset: number;
  readonly path: string;
  readonly hint: string | undefined;
  constructor(code: "CONFIG_SYNTAX" | "CONFIG_LIMIT", offset: number, path: string, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.offset = offset;
    this.path = path;
    this.hint = hint;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #reporter: Reporter;
  #at = 0;
  #nodes = 0;

  constructor(text: string, reporter: Reporter) {
    this.#text = text;
    this.#reporter = reporter;
  }

  document(): ConfigNode {
    const root = this.#value("", 0);
    this.#blanks();
    if (this.#at < this.#text.length)
      throw this.#syntax("", "text follows the end of the JSON document", "a configuration is one object");
    return root;
  }

  #value(path: string, depth: number): ConfigNode {
    this.#blanks();
    const start = this.#at;
    if (depth > LIMITS.depth)
      throw new Stop("CONFIG_LIMIT", start, path, `values are nested more than ${LIMITS.depth} deep`);
    if (++this.#nodes > LIMITS.nodes)
      throw new Stop("CONFIG_LIMIT", start, path, `there are more than ${LIMITS.nodes} values`);
    const first = this.#text[start];
    if (first === "{") return this.#object(path, depth);
    if (first === "[") return this.#array(path, depth);
    if (first === '"') return this.#string(path);
    const word = /[-+.\w]*/y;
    word.lastIndex = start;
    const raw = word.exec(this.#text)?.[0] ?? "";
    if (raw === "") throw this.#syntax(path, "a value is missing here");
    const value = literal(raw);
    if (value === undefined)
      throw this.#syntax(
        path,
        "this is not a JSON value",
        "texts stand in double quotes; a number has no leading zero or plus",
      );
    this.#at += raw.length;
    return { type: "scalar", value, raw, style: "plain", start, end: this.#at };
  }

  #object(path: string, depth: number): ConfigNode {
    const start = this.#at++;
    const entries = new Entries(path, this.#reporter);
    for (let more = !this.#take("}"); more; more = this.#another("}", path)) {
      this.#blanks();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"')
        throw this.#syntax(
          path,
          this.#text[keyAt] === "}" ? "a comma stands before the closing }" : "a key in double quotes is missing here",
        );
      const key = String(this.#string(path).value);
      if (!this.#take(":")) throw this.#syntax(join(path, key), "a colon is missing after the key");
      entries.add({ key, keyAt, value: this.#value(join(path, key), depth + 1) });
    }
    return { type: "map", entries: entries.list, start, end: this.#at };
  }

  #array(path: string, depth: number): ConfigNode {
    const start = this.#at++;
    const items: ConfigNode[] = [];
    for (let more = !this.#take("]"); more; more = this.#another("]", path)) {
      this.#blanks();
      if (this.#text[this.#at] === "]") throw this.#syntax(path, "a comma stands before the closing ]");
      items.push(this.#value(join(path, items.length), depth + 1));
    }
    return { type: "list", items, start, end: this.#at };
  }

  #string(path: string): ScalarNode {
    const start = this.#at;
    const text = /"(?:[^"\\\n\r]|\\.)*"/y;
    text.lastIndex = start;
    const raw = text.exec(this.#text)?.[0];
    if (raw === undefined) throw this.#syntax(path, "the closing double quote is missing");
    this.#at += raw.length;
    try {
      return { type: "scalar", value: JSON.parse(raw) as string, raw, style: "double", start, end: this.#at };
    } catch {
      throw new Stop("CONFIG_SYNTAX", start, path, "the text holds a tab or an escape that JSON does not know");
    }
  }

  #another(close: "}" | "]", path: string): boolean {
    if (this.#take(",")) return true;
    if (this.#take(close)) return false;
    throw this.#syntax(path, `a comma or ${close} is missing here`);
  }

  #take(sign: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #blanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #syntax(path: string, message: string, hint?: string): Stop {
    return new Stop("CONFIG_SYNTAX", this.#at, path, message, hint);
  }
}

function literal(raw: string): number | boolean | null | undefined {
  if (raw === "true") return true;
  if (raw === "false") return false;
  if (raw === "null") return null;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(raw) ? Number(raw) : undefined;
}
