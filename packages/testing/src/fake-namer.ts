import {
  Activity,
  type Clock,
  Name,
  type Namer,
  NamerError,
  NameTree,
  Path,
  type SourceStatus,
  systemClock,
  Var,
} from "@namerkit/core";
import { type FakeAnswer, FakeName } from "./fake-namer-name.js";

export interface FakeNamerOptions {
  /** Where it is mounted, for the ids; /#/fake by default. */
  readonly prefix?: Path | string;
  /** How many elements of a path are the name; what follows is the residual. 1 by default. */
  readonly segments?: number;
  /** What it says of names that have not been set; "neg" by default. */
  readonly otherwise?: FakeAnswer;
  /** Stamps the statuses; the real clock by default. */
  readonly clock?: Clock;
}

/** How many observe something now. */
export interface FakeObservers {
  /** The outer level: trees. */
  readonly tree: number;
  /** The inner level: addresses. */
  readonly addr: number;
}

/**
 * A namer that says what a test tells it to, at once and without a catalogue. The two levels are kept as every namer keeps them: the tree
 * moves with existence only, and each name has one inner Var for life. What it does not do is mask: a failure after an answer is shown.
 */
export class FakeNamer implements Namer {
  readonly prefix: Path;
  readonly #segments: number;
  readonly #otherwise: FakeAnswer;
  readonly #clock: Clock;
  readonly #names = new Map<string, FakeName>();
  readonly #listed = Var.mutable<readonly Path[]>([]);

  constructor(options: FakeNamerOptions = {}) {
    const { prefix = Path.of("#", "fake"), segments = 1, otherwise = "neg", clock = systemClock } = options;
    this.prefix = typeof prefix === "string" ? Path.parse(prefix) : prefix;
    this.#segments = segments;
    this.#otherwise = otherwise;
    this.#clock = clock;
  }

  /**
   * From now on `path` has these addresses (none is Neg, as with every namer), or is "neg", "pending" or "failed" (NAMER_UNAVAILABLE; or
   * give the error). Observers have been told when it returns. A pending name that somebody observes keeps its answer.
   *
   * @throws NamerError TESTING_FAKE_NAME if the path has not as many elements as names have
   */
  set(path: Path | string, answer: FakeAnswer): void {
    const name = this.#named(path);
    const before = name.listed;
    name.set(answer);
    if (name.listed !== before) this.#listed.update(this.#list());
  }

  /** How often a name has been looked up, with whatever residual; all of them together without a path. */
  lookups(path?: Path | string): number {
    return this.#sum(path, (name) => name.lookups);
  }

  /** Who observes a name now; all of them together without a path. */
  observers(path?: Path | string): FakeObservers {
    return {
      tree: this.#sum(path, (name) => name.treeObservers),
      addr: this.#sum(path, (name) => name.addrObservers),
    };
  }

  // ---- Namer

  lookup(path: Path): Activity<NameTree<Name>> {
    if (path.size < this.#segments) return Activity.value(NameTree.neg);
    const name = this.#name(path);
    const id = this.prefix.concat(name.path);
    return name.lookup((addr) => Name.bound(id, path.drop(this.#segments), addr));
  }

  /** "connecting" before the first answer, "stale" while it fails after one, else "live". */
  statusOf(path: Path): Var<SourceStatus | undefined> {
    return path.size < this.#segments ? Var.value(undefined) : this.#name(path).status;
  }

  enumerate(): Activity<readonly Path[]> {
    return Activity.of(this.#listed.map((value) => ({ status: "ok", value })));
  }

  /** Every name that has been set or looked up, and what it says. */
  state(): unknown {
    return Object.fromEntries(Array.from(this.#names, ([path, name]) => [path, name.toJSON()]));
  }

  // ----

  #named(path: Path | string): FakeName {
    const parsed = typeof path === "string" ? Path.parse(path) : path;
    if (parsed.size === this.#segments) return this.#name(parsed);
    const text = `${parsed.show()} is no name here: names have ${this.#segments} element(s), as said by \`segments\``;
    throw new NamerError("TESTING_FAKE_NAME", text);
  }

  #name(path: Path): FakeName {
    const own = path.take(this.#segments);
    const key = own.show();
    let name = this.#names.get(key);
    if (name === undefined) {
      name = new FakeName(own, this.#otherwise, this.#clock);
      this.#names.set(key, name);
      if (name.listed) this.#listed.update(this.#list());
    }
    return name;
  }

  #list(): readonly Path[] {
    return Array.from(this.#names.values())
      .filter((name) => name.listed)
      .map((name) => name.path);
  }

  #sum(path: Path | string | undefined, count: (name: FakeName) => number): number {
    if (path !== undefined) return count(this.#named(path));
    let sum = 0;
    for (const name of this.#names.values()) sum += count(name);
    return sum;
  }
}
