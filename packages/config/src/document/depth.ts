import type { CST } from "yaml";
import { LIMITS } from "./limits.js";

/** The offset of the first value nested deeper than the limit; found without recursion, before anything recursive runs. */
export function tooDeepAt(tokens: readonly CST.Token[]): number | undefined {
  const waiting: { token: CST.Token; depth: number }[] = [];
  for (const token of tokens) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > LIMITS.depth) return token.offset;
    if (token.type === "document") {
      if (token.value) waiting.push({ token: token.value, depth });
    } else if ("items" in token)
      for (const item of token.items) {
        if (item.key) waiting.push({ token: item.key, depth: depth + 1 });
        if (item.value) waiting.push({ token: item.value, depth: depth + 1 });
      }
  }
  return undefined;
}
