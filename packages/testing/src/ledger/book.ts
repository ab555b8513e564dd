import { type Closable, closable } from "@namerkit/core";
import type { Opener } from "./opener.js";

export type LedgerKind = "timer" | "sleep" | "socket" | "request" | "observer";

/** Something that was opened and has not been closed. */
export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** What it is, for people: "timer of 5000 ms, due in 1200 ms". */
  readonly text: string;
  /** Who opened it: the stack at that moment, one frame a line, without frames of Node itself. */
  readonly opener: string;
}

interface Line {
  readonly kind: LedgerKind;
  readonly describe: () => string;
  readonly opener: Opener;
}

/** What is open, in the order in which it was opened. */
export class Book {
  readonly #lines = new Set<Line>();
  /** Called whenever something has been closed. */
  onClosed: (() => void) | undefined;

  /** Enters something; closing the handle takes it out again. */
  enter(kind: LedgerKind, opener: Opener, describe: () => string): Closable {
    const line: Line = { kind, opener, describe };
    this.#lines.add(line);
    return closable(() => {
      this.#lines.delete(line);
      this.onClosed?.();
    });
  }

  get open(): readonly LedgerEntry[] {
    return Array.from(this.#lines, ({ kind, describe, opener }) => ({
      kind,
      text: describe(),
      opener: String(opener),
    }));
  }

  count(...kinds: readonly LedgerKind[]): number {
    let count = 0;
    for (const line of this.#lines) if (kinds.includes(line.kind)) count++;
    return count;
  }
}

const GROUPS = 20;
const FRAMES = 8;

/** Everything that is open as a text: what is the same, from the same place, once, with how often. */
export function listed(open: readonly LedgerEntry[]): string {
  const groups = new Map<string, { readonly entry: LedgerEntry; count: number }>();
  for (const entry of open) {
    const key = `${entry.text}\n${entry.opener}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { entry, count: 1 });
    else group.count++;
  }
  const shown = Array.from(groups.values()).slice(0, GROUPS);
  const lines = shown.flatMap(({ entry, count }) => [
    `- ${count > 1 ? `${count} times ` : ""}${entry.text}, opened`,
    ...entry.opener
      .split("\n")
      .slice(0, FRAMES)
      .map((frame) => `    ${frame}`),
  ]);
  if (groups.size > shown.length) lines.push(`- and more from ${groups.size - shown.length} other places`);
  return lines.join("\n");
}
