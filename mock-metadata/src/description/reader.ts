import { isIP } from "node:net";
import { NamerError } from "@namerkit/core";
import { isOneOf } from "../states.js";
import type { Labels } from "./types.js";
import type { At } from "./yaml-places.js";

export type Fields = Readonly<Record<string, unknown>>;

/** Reads values of the kinds that descriptions are made of. What is of another kind is an error that names its place. */
export class Reader {
  readonly #where: (path: At) => string;

  constructor(where: (path: At) => string) {
    this.#where = where;
  }

  object(value: unknown, at: At, keys: readonly string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail(at, "a map is expected");
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) this.fail([...at, key], `unknown key "${key}"; there are: ${keys.join(", ")}`);
    }
    return value as Fields;
  }

  entries(value: unknown, at: At): readonly (readonly [name: string, value: unknown])[] {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      this.fail(at, "a map of names is expected");
    return Object.entries(value);
  }

  /** Things with names. They are told in lower case, where two that differ in case alone would be one. */
  named(value: unknown, at: At): readonly (readonly [name: string, value: unknown])[] {
    const entries = this.entries(value, at);
    const seen = new Map<string, string>();
    for (const [name] of entries) {
      const other = seen.get(name.toLowerCase());
      if (other !== undefined) this.fail([...at, name], `the same as "${other}", since case does not count`);
      if (name === "" || /[/:]/.test(name)) {
        this.fail([...at, name], "a name is expected, without slashes and colons");
      }
      seen.set(name.toLowerCase(), name);
    }
    return entries;
  }

  list<T>(value: unknown, at: At, read: (value: unknown, at: At) => T): readonly T[] {
    if (!Array.isArray(value)) this.fail(at, "a list is expected");
    return (value as readonly unknown[]).map((one, i) => read(one, [...at, i]));
  }

  text(value: unknown, at: At): string {
    if (typeof value !== "string" || value === "") this.fail(at, "a text is expected");
    return value;
  }

  ip(value: unknown, at: At): string {
    const text = this.text(value, at);
    if (isIP(text) === 0) this.fail(at, `an IP address is expected, not "${text}"`);
    return text;
  }

  /** `8080:80/tcp`, with an address before it or without a published port. */
  port(value: unknown, at: At): string {
    const text = this.text(value, at);
    if (!/^(\S+:)?(\d+:)?\d+(\/\w+)?$/.test(text)) {
      this.fail(at, `a port is written 8080:80/tcp, 80/tcp or 192.0.2.1:8080:80/tcp, not "${text}"`);
    }
    return text;
  }

  whole(value: unknown, at: At, least: number, most: number): number {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      this.fail(at, `a whole number from ${least} to ${most} is expected`);
    }
    return value;
  }

  oneOf<T extends string>(value: unknown, at: At, all: readonly T[], otherwise = ""): T {
    const text = this.text(value, at);
    if (!isOneOf(all, text)) this.fail(at, `"${text}" is none of ${all.join(", ")}${otherwise}`);
    return text;
  }

  flag(value: unknown, at: At): boolean {
    if (typeof value !== "boolean") this.fail(at, "true or false is expected");
    return value;
  }

  labels(value: unknown, at: At): Labels {
    return Object.fromEntries(
      this.entries(value ?? {}, at).map(([key, one]) => {
        if (!["string", "number", "boolean"].includes(typeof one)) this.fail([...at, key], "a text is expected");
        return [key, String(one)];
      }),
    );
  }

  fail(at: At, message: string): never {
    throw new NamerError("MOCK_DESCRIPTION", `${this.#where(at)}: ${at.join(".") || "description"}: ${message}`);
  }
}
