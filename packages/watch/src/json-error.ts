/**
 * Where a text stops being JSON (RFC 8259): the offset of the first character that cannot stand there, or the length of the text if it
 * only ends too early. Undefined for valid JSON. JSON.parse says this only sometimes, and differently in each version of Node.
 * Without recursion, and linear: the text may come from anybody.
 */
export function jsonErrorAt(text: string): number | undefined {
  const open: ("[" | "{")[] = [];
  let at = skipSpace(text, 0);
  // What may come next: a value, a value or the end of the list, a key, a key or the end of the object, or what follows a value.
  let next: "value" | "value or ]" | "key" | "key or }" | "after" = "value";
  for (;;) {
    const character = text[at];
    if (next === "after") {
      const inside = open.at(-1);
      if (inside === undefined) return at === text.length ? undefined : at;
      if (character === ",") next = inside === "[" ? "value" : "key";
      else if (character === (inside === "[" ? "]" : "}")) open.pop();
      else return at;
      at++;
    } else if ((next === "value or ]" && character === "]") || (next === "key or }" && character === "}")) {
      open.pop();
      next = "after";
      at++;
    } else if (next === "key" || next === "key or }") {
      const end = stringEnd(text, at);
      if (end < 0) return ~end;
      at = skipSpace(text, end);
      if (text[at] !== ":") return at;
      next = "value";
      at++;
    } else if (character === "[" || character === "{") {
      open.push(character);
      next = character === "[" ? "value or ]" : "key or }";
      at++;
    } else {
      const end = character === '"' ? stringEnd(text, at) : scalarEnd(text, at);
      if (end < 0) return ~end;
      at = end;
      next = "after";
    }
    at = skipSpace(text, at);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** The offset after the string, or the complement of where it goes wrong. */
function stringEnd(text: string, from: number): number {
  if (text[from] !== '"') return ~from;
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"') return at + 1;
    if (character < " ") return ~at;
    if (character !== "\\") continue;
    at++;
    if (text[at] === "u") {
      for (let digit = 0; digit < 4; digit++) if (!/[0-9a-fA-F]/.test(text[++at] ?? "")) return ~at;
    } else if (!/["\\/bfnrt]/.test(text[at] ?? "")) return ~at;
  }
  return ~text.length;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function scalarEnd(text: string, from: number): number {
  for (const word of ["true", "false", "null"]) {
    if (text[from] !== word[0]) continue;
    let same = 1;
    while (same < word.length && text[from + same] === word[same]) same++;
    return same === word.length ? from + same : ~(from + same);
  }
  NUMBER.lastIndex = from;
  const length = NUMBER.exec(text)?.[0].length;
  if (length !== undefined) return from + length;
  return ~(text[from] === "-" ? from + 1 : from);
}
