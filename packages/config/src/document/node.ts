/** A configuration as a tree that remembers where everything stood. Offsets are into the text, in UTF-16 code units. */
export type ConfigNode = MapNode | ListNode | ScalarNode;

interface Located {
  /** Where the value begins. */
  readonly start: number;
  /** Where it ends, exclusively. */
  readonly end: number;
}

export interface MapNode extends Located {
  readonly type: "map";
  /** In file order, without duplicates. */
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly value: ConfigNode;
}

export interface ListNode extends Located {
  readonly type: "list";
  readonly items: readonly ConfigNode[];
}

export interface ScalarNode extends Located {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  /** A text as it was written, for numbers whose spelling matters where a text is wanted. */
  readonly raw: string;
  readonly style: "plain" | "single" | "double" | "literal" | "folded";
}

export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

export function isNull(node: ConfigNode): boolean {
  return node.type === "scalar" && node.value === null;
}

/** What the value is, for people: "a list", "the number 5" would tell too much of a secret. */
export function typeName(node: ConfigNode): string {
  if (node.type === "map") return "a mapping";
  if (node.type === "list") return "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return node.style === "plain" ? "a text" : "a quoted text";
  return typeof node.value === "number" ? "a number" : `${node.value}`;
}

/**
 * Plain data, as a schema wants it. A key without a value counts as absent, as it does for Linkerd. Keys such as __proto__ become
 * ordinary own properties.
 */
export function toPlain(node: ConfigNode): unknown {
  if (node.type === "scalar") return node.value;
  if (node.type === "list") return node.items.map(toPlain);
  return Object.fromEntries(
    node.entries.filter((entry) => !isNull(entry.value)).map((entry) => [entry.key, toPlain(entry.value)]),
  );
}

/** The place of `path` below `node`. Where the path leads out of the document, the last place that exists, with `found` false. */
export function placeOf(node: ConfigNode, path: readonly PropertyKey[], base: string) {
  let at = node;
  let offset = node.start;
  let shown = base;
  let found = true;
  for (const key of path) {
    shown = join(shown, String(key));
    const inner = found ? childOf(at, key) : undefined;
    if (inner === undefined) found = false;
    else {
      at = inner.value;
      offset = isNull(at) ? inner.offset : at.start;
    }
  }
  return { offset, path: shown, node: at, found: found && !(path.length > 0 && isNull(at)) };
}

function childOf(node: ConfigNode, key: PropertyKey): { value: ConfigNode; offset: number } | undefined {
  if (node.type === "list") {
    const item = node.items[Number(key)];
    return item === undefined ? undefined : { value: item, offset: item.start };
  }
  const entry = node.type === "map" ? entryOf(node, String(key)) : undefined;
  return entry === undefined ? undefined : { value: entry.value, offset: entry.keyAt };
}

export function join(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}
