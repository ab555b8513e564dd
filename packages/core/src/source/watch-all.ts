import type { Namer, SourceStatus } from "../binding/namer.js";
import { messageOf } from "../errors.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import type { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { Belief } from "./belief.js";
import type { PluginEnv } from "./env.js";
import { type Bound, type Found, type FoundContext, type Known, knownOf } from "./found.js";
import { type Key, type KeySpec, Keys, samePaths } from "./keys.js";
import { PickedKey, type PickSource } from "./picked-key.js";
import { SourceMetrics } from "./source-metrics.js";
import { completeSourceOptions, type PartialSourceOptions, type SourceOptions } from "./source-options.js";
import { Supervisor } from "./supervisor.js";
import { WarmName } from "./warm-name.js";
import { WarmStart } from "./warm-start.js";
import type { WatchContext } from "./watch.js";
import { WeakTable } from "./weak-table.js";

export interface WatchAllSpec<Seg extends string, Snapshot> extends KeySpec<Seg> {
  readonly options?: PartialSourceOptions | undefined;
  /** Watches the whole catalogue; see `Watch` for what the generator may do. Index what it yields, so that `pick` is cheap. */
  watch(context: WatchContext): AsyncIterable<Snapshot | undefined>;
  /** What the snapshot says about one name; undefined or nothing is Neg. Called once per snapshot for each bound name. */
  pick(snapshot: Snapshot, key: Key<Seg>): Found;
  /** The names in a snapshot, as the values of their segments; without it the namer does not enumerate. */
  readonly names?: ((snapshot: Snapshot) => Iterable<readonly string[]>) | undefined;
  /** Equal snapshots are no change, and nothing is picked; Object.is by default. */
  readonly equals?: ((a: Snapshot, b: Snapshot) => boolean) | undefined;
  /** What to show of a snapshot in /namer_state, JSON-able and without credentials. */
  readonly state?: ((snapshot: Snapshot) => unknown) | undefined;
}

/**
 * A namer for catalogues that are read as a whole (Rancher's metadata, files): one supervised watch for all names together. A new
 * snapshot costs one pick per bound name, and moves only the names whose addresses it changes.
 */
export function watchAll<Seg extends string, Snapshot>(env: Env, spec: WatchAllSpec<Seg, Snapshot>): Namer {
  const { names } = spec;
  const namer = new WatchAll(env, spec);
  return names === undefined ? namer : Object.assign(namer, { enumerate: () => namer.enumerateWith(names) });
}

type Env = Pick<PluginEnv, "prefix" | "clock" | "random" | "log" | "metrics" | "inet" | "files" | "shutdown">;

type Said = Var<State<Bound | undefined>>;

class WatchAll<Seg extends string, Snapshot> implements Namer {
  readonly #env: Env;
  readonly #spec: WatchAllSpec<Seg, Snapshot>;
  readonly #options: SourceOptions;
  readonly #metrics: SourceMetrics;
  readonly #keys: Keys<Seg>;
  readonly #entries = new WeakTable<PickedKey<Snapshot>>();
  readonly #supervisor: Supervisor<Snapshot>;
  readonly #source: PickSource<Snapshot>;
  readonly #context: FoundContext;
  readonly #warm: WarmStart | undefined;

  constructor(env: Env, spec: WatchAllSpec<Seg, Snapshot>) {
    const { equals = Object.is } = spec;
    this.#env = env;
    this.#spec = spec;
    this.#options = completeSourceOptions(spec.options);
    this.#keys = new Keys(spec);
    this.#metrics = new SourceMetrics(env.metrics);
    this.#supervisor = new Supervisor<Snapshot>({
      env,
      metrics: this.#metrics,
      // Emptiness is a matter of names, each of which is guarded by its Belief.
      options: { ...this.#options, emptyGraceMs: 0 },
      watch: (context) => spec.watch(context),
      convert: (snapshot) => snapshot,
      equals,
    });
    this.#source = { snapshot: this.#supervisor, versionOf: versions(), failed: (error) => this.#pickFailed(error) };
    this.#context = { count: (name, n) => this.#metrics.count(name, n), resolves: env.inet !== undefined };
    const { book } = this.#supervisor;
    const warm = WarmStart.of({ env, metrics: this.#metrics, options: this.#options });
    this.#warm = warm;
    if (warm !== undefined) {
      this.#supervisor.onContact(() => warm.touched());
      book.rememberedAt = () => warm.names.newest;
      warm.loaded.observe(() => book.refresh());
    }
    this.#metrics.gauges({ watches: () => (book.running ? 1 : 0), oldest_contact_ms: () => book.age ?? 0 });
  }

  lookup(path: Path): ReturnType<Namer["lookup"]> {
    return this.#keys.lookup(path, this.#env.prefix, (parsed) => {
      const text = parsed.path.show();
      const entry = this.#entries.getOrMake(text, () => this.#make(text, parsed.key));
      return entry.existence;
    });
  }

  /** The same for every name. */
  statusOf(path: Path): Var<SourceStatus | undefined> {
    return this.#keys.tryParse(path) === undefined ? Var.value(undefined) : this.#supervisor.book.status;
  }

  enumerateWith(names: (snapshot: Snapshot) => Iterable<readonly string[]>): Activity<readonly Path[]> {
    return Activity.of(this.#supervisor)
      .map((snapshot) => (snapshot === undefined ? [] : Array.from(names(snapshot), (name) => Path.of(...name))))
      .dedup(samePaths);
  }

  state(): unknown {
    const { shown, book } = this.#supervisor;
    const watch = book.status.sample();
    const { state } = this.#spec;
    return state && shown.status === "ok" && shown.value !== undefined
      ? { watch, state: state(shown.value) }
      : { watch };
  }

  #make(text: string, key: Key<Seg>): PickedKey<Snapshot> {
    const pick = (snapshot: Snapshot): Known | undefined => knownOf(this.#spec.pick(snapshot, key), this.#context);
    const guarded = this.#options.emptyGraceMs > 0 || this.#warm !== undefined;
    const believe = guarded ? (said: Said): Said => this.#believe(said, text) : undefined;
    return new PickedKey({ source: this.#source, pick, inet: this.#env.inet, believe });
  }

  #believe(said: Said, text: string): Said {
    const { clock, log } = this.#env;
    return new Belief(said, {
      clock,
      origin: this.#supervisor,
      emptyGraceMs: this.#options.emptyGraceMs,
      warm: this.#warm && new WarmName(this.#warm, text, this.#supervisor),
      report: (thrown) => log.error({ error: messageOf(thrown) }, "an observer threw"),
    });
  }

  #pickFailed(error: Parameters<PickSource<Snapshot>["failed"]>[0]): void {
    this.#metrics.error(error.code);
    this.#env.log.warn({ code: error.code }, `a name cannot be read from the catalogue's answer: ${messageOf(error)}`);
  }
}

/** Numbers for objects, equal only for the same one. */
function versions(): (snapshot: State<unknown>) => number {
  const known = new WeakMap<object, number>();
  let last = 0;
  return (snapshot) => {
    let version = known.get(snapshot);
    if (version === undefined) {
      version = ++last;
      known.set(snapshot, version);
    }
    return version;
  };
}
