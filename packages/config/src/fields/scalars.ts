import { isIP } from "node:net";
import { resolve } from "node:path";
import { type ConfigNode, type ScalarNode, typeName } from "../document/node.js";
import type { FieldType, JsonSchema, Reading } from "./field.js";

/** Reports a value of the wrong type; for an aligned text with every message of the kind. */
export function wrongType(
  node: ConfigNode,
  path: string,
  wanted: string,
  { reporter }: Reading,
  hint?: string,
): undefined {
  const place = { offset: node.start, path };
  reporter.error("CONFIG_TYPE", place, `${wanted} is wanted here, and this is ${typeName(node)}`, hint);
}

function scalarType<T>(
  wanted: string,
  schema: JsonSchema,
  parse: (node: ScalarNode, path: string, reading: Reading) => T | undefined,
): FieldType<T> {
  return {
    schema,
    read(node, path, reading) {
      if (node.type === "scalar") return parse(node, path, reading);
      return wrongType(node, path, wanted, reading);
    },
  };
}

/** Numbers and booleans count as texts, in the spelling they were given in: `label: 10` is a label. */
export const text: FieldType<string> = scalarType("a text", { type: "string" }, (node) =>
  typeof node.value === "string" ? node.value : node.raw,
);

export const flag: FieldType<boolean> = scalarType("true or false", { type: "boolean" }, (node, path, reading) => {
  if (typeof node.value === "boolean") return node.value;
  const hint = typeof node.value === "string" && /^(yes|no|on|off|true|false)$/i.test(node.value);
  return wrongType(node, path, "true or false", reading, hint ? "write true or false, without quotes" : undefined);
});

/** A number within bounds, both included. */
export function number(min: number, max = Number.MAX_VALUE): FieldType<number> {
  return bounded("a number", { type: "number" }, min, max);
}

/** A whole number within bounds, both included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): FieldType<number> {
  return bounded("a whole number", { type: "integer" }, min, max);
}

/** Milliseconds to wait. The most that a timer of Node.js can wait is the most that is taken. */
export const milliseconds: FieldType<number> = integer(0, 2 ** 31 - 1);

/** The same, where not to wait at all makes no sense. */
export const someMilliseconds: FieldType<number> = integer(1, 2 ** 31 - 1);

export const port: FieldType<number> = bounded("a port", { type: "integer" }, 0, 65535);

function bounded(wanted: string, schema: JsonSchema, min: number, max: number): FieldType<number> {
  const limits = {
    minimum: min,
    ...(max === Number.MAX_VALUE || max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max }),
  };
  return scalarType(wanted, { ...schema, ...limits }, (node, path, reading) => {
    const { value } = node;
    if (typeof value !== "number") {
      const quoted = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
      return wrongType(node, path, wanted, reading, quoted ? "write it without quotes" : undefined);
    }
    if (schema.type === "integer" && !Number.isSafeInteger(value)) return wrongType(node, path, wanted, reading);
    if (value >= min && value <= max) return value;
    const range = "maximum" in limits ? `from ${min} to ${max}` : `${min} or more`;
    reading.reporter.error("CONFIG_VALUE", { offset: node.start, path }, `${value} is not ${wanted} ${range}`);
    return undefined;
  });
}

/** An address literal, never a host name: a listener has to mean one thing. */
export const ip: FieldType<string> = scalarType("an IP address", { type: "string" }, (node, path, reading) => {
  const given = text.read(node, path, reading) ?? "";
  if (isIP(given) !== 0) return given;
  const hint =
    given === "localhost" ? "write 127.0.0.1" : given === "*" ? "write 0.0.0.0" : "an address such as 0.0.0.0 or ::1";
  const place = { offset: node.start, path };
  reading.reporter.error("CONFIG_VALUE", place, "this is not an IP address; host names are not looked up here", hint);
  return undefined;
});

/** The name of a file that somebody writes; what is relative is relative to the configuration. Absolute when it is read. */
export const newFile: FieldType<string> = scalarType(
  "the name of a file",
  { type: "string" },
  (node, path, reading) => {
    const given = text.read(node, path, reading) ?? "";
    if (given !== "" && !given.includes("\0")) return resolve(reading.baseDir, given);
    reading.reporter.error("CONFIG_VALUE", { offset: node.start, path }, "this is not the name of a file");
    return undefined;
  },
);

/** The name of a file that has to be there. */
export const file: FieldType<string> = {
  schema: newFile.schema,
  read(node, path, reading) {
    const name = newFile.read(node, path, reading);
    if (name !== undefined) reading.wants(name, { offset: node.start, path });
    return name;
  },
};

/** One of a few words. */
export function oneOf<const W extends readonly string[]>(...words: W): FieldType<W[number]> {
  return scalarType(`one of ${words.join(", ")}`, { enum: words }, (node, path, reading) => {
    const found = words.find((word) => word === node.value || word === node.raw);
    if (found !== undefined) return found;
    const place = { offset: node.start, path };
    reading.reporter.error("CONFIG_VALUE", place, "this word is not known here", `one of ${words.join(", ")}`);
    return undefined;
  });
}
