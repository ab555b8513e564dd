import type { ConfigCode } from "./errors.js";
import type { Problem } from "./plan.js";
import { redactText } from "./redact.js";

/** Warnings are told up to here, errors up to twice as many: nobody reads further. */
const MOST = 1000;
/** Characters of a message; keys and plug-ins can be long-winded. */
const LONGEST = 600;

/** Where a problem is: an offset into the text, and the place in the document. */
export interface Place {
  readonly offset: number;
  readonly path: string;
}

/** Gathers the problems of one configuration. It never throws and never stops early. */
export class Reporter {
  readonly #file: string;
  readonly #lineStarts: readonly number[];
  readonly #length: number;
  readonly #found = new Map<string, Problem & { readonly order: number }>();
  #secrets: readonly string[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lineStarts = lineStartsOf(text);
    this.#length = text.length;
  }

  /** From now on these texts are kept out of every message, those reported already included. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets;
  }

  error(code: ConfigCode, place: Place, message: string, hint?: string): void {
    this.#add("error", code, place, message, hint);
  }

  warning(code: ConfigCode, place: Place, message: string, hint?: string): void {
    this.#add("warning", code, place, message, hint);
  }

  get failed(): boolean {
    for (const problem of this.#found.values()) if (problem.severity === "error") return true;
    return false;
  }

  /** Sorted by position; what stands at the same place keeps the order in which it was found. */
  problems(): readonly Problem[] {
    return [...this.#found.values()]
      .sort((a, b) => a.line - b.line || a.col - b.col || a.order - b.order)
      .map(({ order: _, hint, ...problem }) => ({
        ...problem,
        path: this.#shown(problem.path),
        message: this.#shown(problem.message),
        ...(hint === undefined ? {} : { hint: this.#shown(hint) }),
      }));
  }

  /** Secrets are taken out before the text is cut, so that no part of one is left at the end. */
  #shown(text: string): string {
    const clean = redactText(text, this.#secrets);
    return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST - 3)}...`;
  }

  #add(severity: "error" | "warning", code: ConfigCode, place: Place, message: string, hint: string | undefined): void {
    const order = this.#found.size;
    if (order >= MOST && severity === "warning") return;
    if (order >= MOST * 2) return;
    const key = `${code} ${place.offset} ${place.path}`;
    if (this.#found.has(key)) return;
    const { line, col } = this.#position(place.offset);
    const problem = { file: this.#file, line, col, path: place.path, severity, code, message, order };
    this.#found.set(key, hint === undefined ? problem : { ...problem, hint });
  }

  #position(offset: number): { line: number; col: number } {
    const at = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, col: at - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}
