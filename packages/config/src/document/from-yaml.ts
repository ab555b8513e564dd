import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import type { Reporter } from "../reporter.js";
import { Entries } from "./entries.js";
import { LIMITS } from "./limits.js";
import { type ConfigNode, join, type MapEntry, type ScalarNode } from "./node.js";

/** A YAML document as a tree of our own: aliases expanded (within bounds), keys as texts, duplicates reported. */
export function fromYaml(document: Document.Parsed, text: string, reporter: Reporter): ConfigNode | undefined {
  const { contents } = document;
  if (contents === null) return empty(0);
  return new Conversion(document, text, reporter).convert(contents, "", contents.range[0]);
}

class Conversion {
  readonly #document: Document.Parsed;
  readonly #text: string;
  readonly #reporter: Reporter;
  /** What is being converted now; an alias to one of these would never end. */
  readonly #open = new Set<unknown>();
  /** The last node that carried each anchor so far: an anchor may be given again further down. */
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  #tooMany = false;

  constructor(document: Document.Parsed, text: string, reporter: Reporter) {
    this.#document = document;
    this.#text = text;
    this.#reporter = reporter;
  }

  convert(node: unknown, path: string, near: number): ConfigNode {
    if (++this.#nodes > LIMITS.nodes) return this.#stop(path, near);
    if (isAlias(node)) return this.#alias(node.source, path, node.range?.[0] ?? near);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return empty(near);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const start = node.range?.[0] ?? near;
    const end = node.range?.[1] ?? start;
    if (isScalar(node)) return scalar(node, this.#text, start, end);
    if (this.#open.size >= LIMITS.depth) return this.#stop(path, near);
    this.#open.add(node);
    try {
      if (isMap(node)) return { type: "map", entries: this.#entries(node, path, start), start, end };
      const items = node.items.map((item, index) => this.convert(item, join(path, index), start));
      return { type: "list", items, start, end };
    } finally {
      this.#open.delete(node);
    }
  }

  #entries(map: YAMLMap, path: string, start: number): readonly MapEntry[] {
    const entries = new Entries(path, this.#reporter);
    for (const pair of map.items) {
      const node = pair.key as Node | null;
      const keyAt = node?.range?.[0] ?? start;
      const key = keyOf(node, this.#text);
      if (key === undefined) {
        this.#syntax(path, keyAt, "a key has to be a text", "braces, brackets and aliases cannot be keys; quote them");
        continue;
      }
      entries.add({ key, keyAt, value: this.convert(pair.value, join(path, key), node?.range?.[1] ?? keyAt) });
    }
    return entries.list;
  }

  #alias(name: string, path: string, offset: number): ConfigNode {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#syntax(path, offset, "no anchor of this name stands above", "quote a text that begins with *");
      return empty(offset);
    }
    if (this.#open.has(target)) {
      this.#syntax(path, offset, "the alias stands inside the value it names, so that it would never end");
      return empty(offset);
    }
    return this.convert(target, path, offset);
  }

  #stop(path: string, offset: number): ConfigNode {
    if (!this.#tooMany)
      this.#reporter.error(
        "CONFIG_LIMIT",
        { offset, path },
        `there are more than ${LIMITS.nodes} values, or they are nested more than ${LIMITS.depth} deep, with aliases expanded`,
      );
    this.#tooMany = true;
    return empty(offset);
  }

  #syntax(path: string, offset: number, message: string, hint?: string): void {
    // What the parser stumbled over has often left a strange key or value behind; its own error is the one to read.
    if (this.#document.errors.length === 0) this.#reporter.error("CONFIG_SYNTAX", { offset, path }, message, hint);
  }
}

function keyOf(node: Node | null, text: string): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === "string") return node.value;
  // Numbers, booleans and null as keys keep their spelling.
  return node.range ? text.slice(node.range[0], node.range[1]) : String(node.value);
}

const STYLES: Readonly<Record<string, ScalarNode["style"]>> = {
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};

function scalar(node: Scalar, text: string, start: number, end: number): ScalarNode {
  const { value } = node;
  const style = STYLES[node.type ?? ""] ?? "plain";
  const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null;
  return { type: "scalar", value: plain ? value : String(value), raw: text.slice(start, end), style, start, end };
}

function empty(at: number): ScalarNode {
  return { type: "scalar", value: null, raw: "", style: "plain", start: at, end: at };
}
