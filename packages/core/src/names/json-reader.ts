import { messageOf, NamerError } from "../errors.js";

/** Nesting beyond this is refused: whoever works on the decoded value may use the call stack. */
export const MAX_JSON_DEPTH = 1000;

/** A value somewhere in a JSON document. Whatever is not as expected throws CODEC_INVALID and says where, as in $.trees[0].weight. */
export class JsonReader {
  readonly #value: unknown;
  readonly #where: string;
  readonly #depth: number;

  constructor(value: unknown, where = "$", depth = 0) {
    this.#value = value;
    this.#where = where;
    this.#depth = depth;
    if (depth > MAX_JSON_DEPTH) this.fail("is nested too deeply");
  }

  /** A member of the object that this is. */
  field(name: string): JsonReader {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.fail("is not an object");
    const member: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return new JsonReader(member, `${this.#where}.${name}`, this.#depth + 1);
  }

  get absent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  items(): JsonReader[] {
    if (!Array.isArray(this.#value)) return this.fail("is not a list");
    return this.#value.map((item, i) => new JsonReader(item, `${this.#where}[${i}]`, this.#depth + 1));
  }

  text(): string {
    return typeof this.#value === "string" ? this.#value : this.fail("is not a string");
  }

  number(): number {
    const value = this.#value;
    return typeof value === "number" && Number.isFinite(value) ? value : this.fail("is not a number");
  }

  port(): number {
    const value = this.number();
    return Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : this.fail("is not a port");
  }

  /** An object whose values are all strings, or also numbers. */
  record(numbers: false): Record<string, string>;
  record(numbers: true): Record<string, string | number>;
  record(numbers: boolean): Record<string, string | number> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.fail("is not an object");
    const entries = Object.entries(value).map(([name]): [string, string | number] => {
      const member = this.field(name);
      return [name, numbers && typeof member.#value === "number" ? member.number() : member.text()];
    });
    return Object.fromEntries(entries);
  }

  /** What `parse` makes of the text here; its errors come out as CODEC_INVALID with the place. */
  parsed<T>(parse: (text: string) => T): T {
    const text = this.text();
    try {
      return parse(text);
    } catch (thrown) {
      return this.fail(messageOf(thrown), thrown);
    }
  }

  fail(what: string, cause?: unknown): never {
    throw new NamerError("CODEC_INVALID", `${this.#where}: ${what}`, { cause });
  }
}
