import type { Namer, SourceStatus } from "../binding/namer.js";
import { messageOf } from "../errors.js";
import { Addr } from "../names/addr.js";
import { encodeAddr } from "../names/codec.js";
import type { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { Belief } from "./belief.js";
import type { PluginEnv } from "./env.js";
import { type Bound, type Found, type Known, knownOf, sameKnown } from "./found.js";
import { KeySlots } from "./key-slots.js";
import { type Key, type KeySpec, Keys, type Parsed, samePaths } from "./keys.js";
import { ResolvedVar } from "./resolved-var.js";
import { SourceMetrics } from "./source-metrics.js";
import { completeSourceOptions, type PartialSourceOptions } from "./source-options.js";
import { Supervisor } from "./supervisor.js";
import { twoLevels } from "./two-levels.js";
import { WarmName } from "./warm-name.js";
import { WarmStart } from "./warm-start.js";
import type { WatchContext } from "./watch.js";
import { WeakTable } from "./weak-table.js";

export interface WatchEachSpec<Seg extends string> extends KeySpec<Seg> {
  readonly options?: PartialSourceOptions | undefined;
  /** Watches one key upstream; see `Watch` for what its generator may do. `key` is canonical. */
  watch(key: Key<Seg>, context: WatchContext): AsyncIterable<Found>;
  /** What is asked for a key, for people; `context.request` says it more exactly once it is known. */
  readonly request?: ((key: Key<Seg>) => string) | undefined;
}

/**
 * A namer for catalogues that are watched name by name (Consul, Nomad): one supervised watch per key, shared by everything that
 * needs the key, whatever the residual. Sharing, ids, existence, staleness, bounds, state and metrics come with it.
 */
export function watchEach<Seg extends string>(env: Env, spec: WatchEachSpec<Seg>): Namer {
  return new WatchEach(env, spec);
}

type Env = Pick<PluginEnv, "prefix" | "clock" | "random" | "log" | "metrics" | "inet" | "files" | "shutdown">;

interface Entry {
  readonly path: Path;
  readonly supervisor: Supervisor<Known, Found>;
  readonly resolved: ResolvedVar<State<Known | undefined>>;
  readonly belief: Belief;
  readonly existence: Activity<Var<Addr> | undefined>;
}

class WatchEach<Seg extends string> implements Namer {
  readonly #env: Env;
  readonly #spec: WatchEachSpec<Seg>;
  readonly #options;
  readonly #metrics: SourceMetrics;
  readonly #keys: Keys<Seg>;
  readonly #entries = new WeakTable<Entry>();
  readonly #slots: KeySlots<Entry>;
  readonly #moves = Var.mutable(0);
  readonly #warm: WarmStart | undefined;

  constructor(env: Env, spec: WatchEachSpec<Seg>) {
    this.#env = env;
    this.#spec = spec;
    this.#options = completeSourceOptions(spec.options);
    this.#metrics = new SourceMetrics(env.metrics);
    this.#keys = new Keys(spec);
    this.#slots = new KeySlots<Entry>(this.#options.maxKeys, () => this.#announce());
    const { running } = this.#slots;
    const warm = WarmStart.of({ env, metrics: this.#metrics, options: this.#options });
    this.#warm = warm;
    warm?.loaded.observe(() => {
      for (const { supervisor } of running) supervisor.book.refresh();
    });
    this.#metrics.gauges({
      watches: () => running.size,
      addresses: () => sum(running, (entry) => boundIn(shownOf(entry))?.addresses.length ?? 0),
      oldest_contact_ms: () => Math.max(0, ...[...running].map((entry) => entry.supervisor.book.age ?? 0)),
    });
  }

  lookup(path: Path): ReturnType<Namer["lookup"]> {
    return this.#keys.lookup(path, this.#env.prefix, (parsed) => this.#entry(parsed).existence);
  }

  statusOf(path: Path): Var<SourceStatus | undefined> {
    const parsed = this.#keys.tryParse(path);
    if (parsed === undefined) return Var.value(undefined);
    // Through the entry, so that it stays the one entry of its key while this Var is held.
    return Var.value(this.#entry(parsed)).flatMap((entry) => entry.supervisor.book.status);
  }

  /** The names that are being watched now and exist. A catalogue watched name by name knows of no others. */
  enumerate(): Activity<readonly Path[]> {
    const present = (): readonly Path[] =>
      [...this.#slots.running].filter((entry) => boundIn(shownOf(entry)) !== undefined).map((entry) => entry.path);
    return Activity.of(this.#moves.map(() => State.ok(present()))).dedup(samePaths);
  }

  state(): unknown {
    return Object.fromEntries(
      [...this.#slots.running].map((entry) => [
        entry.path.show(),
        { state: encodeAddr(addrOf(shownOf(entry))), watch: entry.supervisor.book.status.sample() },
      ]),
    );
  }

  #announce(): void {
    try {
      this.#moves.update(0);
    } catch (thrown) {
      this.#env.log.error({ error: messageOf(thrown) }, "an observer of the list of names threw");
    }
  }

  #entry(parsed: Parsed<Seg>): Entry {
    return this.#entries.getOrMake(parsed.path.show(), () => this.#make(parsed));
  }

  #make({ key, path }: Parsed<Seg>): Entry {
    const spec = this.#spec;
    const { clock, log, inet } = this.#env;
    const supervisor = new Supervisor<Known, Found>({
      env: this.#env,
      metrics: this.#metrics,
      // Its Belief guards against emptiness.
      options: { ...this.#options, emptyGraceMs: 0 },
      watch: (context) => spec.watch(key, context),
      convert: (found, count) => knownOf(found, { count, resolves: inet !== undefined }),
      equals: sameKnown,
      gate: this.#slots.gate(() => entry),
    });
    const resolved = new ResolvedVar(supervisor, (state) => state, inet);
    const warm = this.#warm;
    const text = path.show();
    if (warm !== undefined) {
      supervisor.onContact(() => warm.touched());
      supervisor.book.rememberedAt = () => warm.names.find(text)?.since;
    }
    const belief = new Belief(resolved, {
      clock,
      origin: supervisor,
      emptyGraceMs: this.#options.emptyGraceMs,
      warm: warm && new WarmName(warm, text, supervisor),
      report: (thrown) => log.error({ error: messageOf(thrown) }, "an observer threw"),
      moved: () => this.#announce(),
    });
    const entry: Entry = { path, supervisor, resolved, belief, existence: twoLevels(Activity.of(belief)) };
    if (spec.request !== undefined) supervisor.book.asked(spec.request(key));
    return entry;
  }
}

/** What is to be seen of a name now, without becoming an observer. */
function shownOf({ supervisor: { shown }, resolved, belief }: Entry): State<Bound | undefined> {
  if (belief.shown !== undefined) return belief.shown;
  if (shown.status !== "ok" || shown.value === undefined) return shown as State<undefined>;
  return shown.value.type === "hosted" ? resolved.shown : State.ok(shown.value);
}

function addrOf(shown: State<Bound | undefined>): Addr {
  if (shown.status === "ok") return shown.value ?? Addr.neg;
  return shown.status === "failed" ? Addr.failed(shown.error) : Addr.pending;
}

function boundIn(shown: State<Bound | undefined>): Bound | undefined {
  return shown.status === "ok" ? shown.value : undefined;
}

function sum<E>(all: Iterable<E>, measure: (one: E) => number): number {
  let total = 0;
  for (const one of all) total += measure(one);
  return total;
}
