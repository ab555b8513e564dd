import { Activity, Addr, address, type MutableVar, Name, type Namer, NameTree, Path, State, Var } from "@namerkit/core";
import { ManualClock, memoryMetrics } from "@namerkit/core/testing";
import { createNameClient, type NameClientOptions } from "../src/index.js";

/** A namer with names a, b, … that have so many endpoints each: 10.0.1.1, … of a, 10.0.2.1, … of b. Whoever watches is counted. */
export class Alternatives {
  readonly clock = new ManualClock();
  readonly metrics = memoryMetrics({ clock: this.clock });
  watched = 0;
  readonly namer: Namer;
  readonly #addrs = new Map<string, MutableVar<Addr>>();
  readonly #exists = new Map<string, MutableVar<boolean>>();
  readonly #seen = new Map<string, Var<Addr>>();

  constructor(sizes: Readonly<Record<string, number>>) {
    for (const [name, size] of Object.entries(sizes)) {
      const addr = Var.mutable<Addr>(Addr.pending);
      this.#addrs.set(name, addr);
      this.#exists.set(name, Var.mutable(true));
      this.#seen.set(name, this.#counted(addr));
      this.addresses(name, ...Array.from({ length: size }, (_, i) => i + 1));
    }
    this.namer = { lookup: (path) => this.#lookup(path) };
  }

  client(options: Partial<NameClientOptions> & Pick<NameClientOptions, "interpreter" | "dtab">) {
    const { clock, metrics } = this;
    return createNameClient({ clock, random: () => 0, metrics, ...options });
  }

  addresses(name: string, ...last: number[]): void {
    const third = name.charCodeAt(0) - 96;
    this.#addrs.get(name)?.update(Addr.bound(last.map((n) => address(`10.0.${third}.${n}`, 80))));
  }

  /** The catalogue does not know it any more. */
  remove(name: string): void {
    this.#exists.get(name)?.update(false);
  }

  #lookup(path: Path): ReturnType<Namer["lookup"]> {
    const name = path.at(0);
    const addr = this.#seen.get(name);
    const exists = this.#exists.get(name);
    if (addr === undefined || exists === undefined) return Activity.value(NameTree.neg);
    const leaf = NameTree.leaf(Name.bound(Path.of("#", "n", name), path.drop(1), addr));
    return Activity.of(this.#counted(exists).map((is) => State.ok(is ? leaf : NameTree.neg)));
  }

  #counted<T>(source: Var<T>): Var<T> {
    return Var.async(source.sample(), (set, signal) => {
      this.watched++;
      const observation = source.observe(set);
      signal.addEventListener("abort", () => {
        this.watched--;
        observation.close();
      });
    });
  }
}
