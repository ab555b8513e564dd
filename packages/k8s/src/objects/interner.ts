import type { Zones } from "./backends.js";
import type { BackingPort } from "./backing.js";

/** So many nodes, or lists of ports, there are in no cluster; what comes after is not shared, which costs memory only. */
const MOST = 20_000;

/** Keeps one copy of each of a few things that thousands of objects repeat. */
export class Interner implements Zones {
  readonly #texts = new Map<string, string>();
  /** By node. */
  readonly #zones = new Map<string, string | undefined>();
  readonly #ports = new Map<string, readonly BackingPort[]>();

  text(text: string | undefined): string | undefined {
    return text === undefined ? undefined : known(this.#texts, text, text);
  }

  of(node: string | undefined): string | undefined {
    return node === undefined ? undefined : this.#zones.get(node);
  }

  /** What is told of a node first counts, also that it has no zone: other zones are kept with each backend. */
  isOf(node: string | undefined, zone: string | undefined): boolean {
    if (node === undefined) return zone === undefined;
    const told = this.#zones.get(node);
    if (told !== undefined || this.#zones.has(node)) return told === zone;
    if (this.#zones.size >= MOST) return false;
    this.#zones.set(node, zone);
    return true;
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
