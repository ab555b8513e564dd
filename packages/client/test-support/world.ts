import {
  Activity,
  Addr,
  type Address,
  address,
  type BoundName,
  Dtab,
  type Interpreter,
  type MutableVar,
  Name,
  NameTree,
  Path,
  State,
  Var,
} from "@namerkit/core";
import { ManualClock, memoryMetrics } from "@namerkit/core/testing";
import { createNameClient, type NameClientOptions } from "../src/index.js";

type Tree = NameTree<BoundName>;

/** A catalogue by hand: every name and every address set is a Var to be set, and whoever watches one is counted. */
export class World implements Interpreter {
  readonly clock = new ManualClock();
  readonly metrics = memoryMetrics({ clock: this.clock });
  /** Vars that somebody observes now. */
  watched = 0;
  /** Every dtab and path that was bound, as shown. */
  readonly bound: string[] = [];
  readonly #names = new Map<string, MutableVar<State<Tree>>>();
  readonly #addrs = new Map<string, MutableVar<Addr>>();
  readonly #seen = new Map<string, Var<Addr>>();

  client(options: Partial<NameClientOptions> = {}) {
    const { clock, metrics } = this;
    return createNameClient({ interpreter: this, dtab: Dtab.empty, clock, random: () => 0, metrics, ...options });
  }

  bind(dtab: Dtab, path: Path): Activity<Tree> {
    this.bound.push(`${dtab.show()} ${path.show()}`.trim());
    return Activity.of(this.#counted(this.name(path.show())));
  }

  delegate(): Promise<never> {
    return Promise.reject(new Error("not in this world"));
  }

  /** What a name resolves to; pending until set. */
  name(path: string): MutableVar<State<Tree>> {
    return at(this.#names, path, () => Var.mutable<State<Tree>>(State.pending));
  }

  /** What a bound id's addresses are; pending until set. */
  addr(id: string): MutableVar<Addr> {
    return at(this.#addrs, id, () => Var.mutable(Addr.pending));
  }

  resolve(path: string, tree: Tree): void {
    this.name(path).update(State.ok(tree));
  }

  leaf(id: string, residual = "/"): Tree {
    const addr = at(this.#seen, id, () => this.#counted(this.addr(id)));
    return NameTree.leaf(Name.bound(Path.parse(id), Path.parse(residual), addr));
  }

  /** Endpoints 10.0.0.<n>:80. */
  endpoints(id: string, ...last: number[]): void {
    this.addr(id).update(Addr.bound(last.map((n) => host(n))));
  }

  /** A name with one leaf of these endpoints. */
  serve(path: string, id: string, ...last: number[]): void {
    this.endpoints(id, ...last);
    this.resolve(path, this.leaf(id));
  }

  counter(name: string): number {
    return this.metrics.snapshot()[name] ?? 0;
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

export function host(n: number, weight = 1): Address {
  return address(`10.0.0.${n}`, 80, { weight });
}

export const web = Path.parse("/svc/web");
export const noDtab = Dtab.empty;

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
