export type Format = "text" | "json" | "yaml";

/** What the server can send, in the order in which it prefers it when a client does not care. */
const offers: readonly (readonly [type: string, format: Format])[] = [
  ["text/plain", "text"],
  ["application/json", "json"],
  ["application/yaml", "yaml"],
  ["application/x-yaml", "yaml"],
  ["text/yaml", "yaml"],
  ["text/x-yaml", "yaml"],
];

interface Wish {
  readonly type: string;
  readonly quality: number;
}

/**
 * What an Accept header asks for: the highest quality, then the more specific wish, then what the server prefers; text when nothing
 * fits. So `application/json, text/plain` is text, but JSON beside a wish for anything at all is JSON, as with the real server.
 */
export function formatFor(accept: string | null): Format {
  const wishes = wishesIn(accept ?? "");
  let best: { readonly format: Format; readonly quality: number; readonly vague: number } | undefined;
  for (const [type, format] of offers) {
    for (const wish of wishes) {
      const vague = vagueness(wish.type, type);
      if (vague === undefined || wish.quality === 0) continue;
      const better =
        best === undefined || wish.quality > best.quality || (wish.quality === best.quality && vague < best.vague);
      if (better) best = { format, quality: wish.quality, vague };
    }
  }
  return best?.format ?? "text";
}

/** 0: the very type; 1: `text/*`; 2: everything. Undefined: something else. */
function vagueness(wanted: string, offered: string): number | undefined {
  if (wanted === "*/*") return 2;
  if (wanted.endsWith("/*")) return offered.startsWith(wanted.slice(0, -1)) ? 1 : undefined;
  return wanted === offered ? 0 : undefined;
}

/** Reads until the first thing that the real server does not understand; any parameter but q is such a thing. */
function wishesIn(accept: string): readonly Wish[] {
  const wishes: Wish[] = [];
  for (const part of accept.split(",")) {
    const [, type, rest] = /^[ \t]*([^\s;,"()<>@:\\[\]?={}]+)[ \t]*(.*)$/.exec(part) ?? [];
    if (type === undefined || rest === undefined) break;
    if (rest === "") {
      wishes.push({ type, quality: 1 });
      continue;
    }
    const [, quality] = /^;[ \t]*q=([01](?:\.\d*)?)[ \t]*$/.exec(rest) ?? [];
    if (quality === undefined) break;
    wishes.push({ type, quality: Number(quality) });
  }
  return wishes;
}
