import type { BackingPort } from "./backing.js";

/** So many nodes, or lists of ports, there are in no cluster; what comes after is not shared, which costs memory only. */
const MOST = 20_000;

/** Keeps one copy of each of a few things that thousands of objects repeat. */
export class Interner {
  readonly #texts = new Map<string, string>();
  readonly #ports = new Map<string, readonly BackingPort[]>();

  of(text: string | undefined): string | undefined {
    return text === undefined ? undefined : known(this.#texts, text, text);
  }

  ports(ports: readonly BackingPort[]): readonly BackingPort[] {
    return known(this.#ports, ports.map(({ name, port }) => `${name}:${port}`).join(), ports);
  }
}

function known<T>(all: Map<string, T>, key: string, one: T): T {
  const found = all.get(key);
  if (found !== undefined) return found;
  if (all.size < MOST) all.set(key, one);
  return one;
}
