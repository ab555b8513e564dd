import type { Addr } from "../names/addr.js";
import type { Dtab } from "../names/dtab.js";
import type { BoundName, Name } from "../names/name.js";
import type { NameTree } from "../names/nametree.js";
import type { Path } from "../names/path.js";
import type { Activity } from "../values/activity.js";
import type { Var } from "../values/var.js";
import type { DelegateTree } from "./delegate-tree.js";
import type { PluginPage } from "./page.js";

/** How fresh a source is. It travels beside the value, so that a new age never disturbs routing. All times are ISO 8601. */
export interface SourceStatus {
  readonly state: "connecting" | "live" | "stale" | "closed";
  /** What is asked of the catalogue, for people; never with credentials. */
  readonly request: string | undefined;
  readonly firstContactAt: string | undefined;
  readonly lastContactAt: string | undefined;
  readonly lastChangeAt: string | undefined;
  readonly staleSince: string | undefined;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | undefined;
  readonly counters: Readonly<Record<string, number>>;
}

/** Turns names into trees of live names. The path it is given has the namer's own prefix taken off. */
export interface Namer {
  lookup(path: Path): Activity<NameTree<Name>>;
  /** Freshness of what `lookup(path)` answers. */
  statusOf?(path: Path): Var<SourceStatus | undefined>;
  /** Every name that can be looked up now, without the prefix. Existence never depends on it. */
  enumerate?(): Activity<readonly Path[]>;
  /** A JSON-able snapshot for /namer_state; never with credentials. */
  state?(): unknown;
  /** Of the admin server, beside /namer_state. */
  readonly pages?: readonly PluginPage[];
}

export interface BindOptions {
  /** Where given, a bound leaf whose id is unusable evaluates as Neg, so that `a | b` falls over when all of a is dead. */
  readonly usable?: (id: Path) => Var<boolean>;
}

/** Binds a name through a dtab to a tree of bound names, and keeps it bound. */
export interface Interpreter {
  bind(dtab: Dtab, path: Path, options?: BindOptions): Activity<NameTree<BoundName>>;
  /**
   * Explains, once, each step that `bind` would take, every alternative included. A namer that fails is an `exception` node.
   * Waits for namers that are pending until the signal fires, then rejects with ABORTED, naming what it still waited for; rejects
   * with BIND_DEPTH for a loop outside alternatives and unions, and with BIND_BREADTH for names without end.
   */
  delegate(dtab: Dtab, path: Path, options?: { readonly signal?: AbortSignal }): Promise<DelegateTree>;
  /** What it goes by besides the dtab it is given, for people: JSON-able, without credentials. As of a namer. */
  state?(): unknown;
  /** Of the admin server, beside interpreter_state. */
  readonly pages?: readonly PluginPage[];
}

/** A namer at the place where the configuration put it: `prefix` is the whole prefix, such as /#/io.l5d.rancher. */
export interface MountedNamer {
  readonly prefix: Path;
  readonly namer: Namer;
}

/** Resolves `host:port` to live addresses, for /$/inet. Supplied from outside: core does no I/O. */
export type InetResolver = (host: string, port: number) => Var<Addr>;
