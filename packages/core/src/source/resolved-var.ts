import type { InetResolver } from "../binding/namer.js";
import { BaseVar } from "../values/base-var.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { Bound, Hosted, Known } from "./found.js";
import { Hosts } from "./hosts.js";

type Resolved = State<Bound | undefined>;

/**
 * What `read` makes of a source, with the host names in it resolved. Map and flatMap in one, so that the many names without host
 * names cost no more than a map.
 */
export class ResolvedVar<A> extends BaseVar<Resolved> {
  readonly source: Var<A>;
  readonly read: (value: A) => State<Known | undefined>;
  readonly #inet: InetResolver | undefined;
  #hosts: Hosts | undefined;
  /** What was last to be seen here. */
  shown: Resolved = State.pending;

  /** Without `inet`, `read` must give no hosted sets. */
  constructor(source: Var<A>, read: (value: A) => State<Known | undefined>, inet: InetResolver | undefined) {
    super();
    this.source = source;
    this.read = read;
    this.#inet = inet;
  }

  /** @internal For links: the same Var for the same set. */
  resolve(hosted: Hosted): Var<Resolved> | undefined {
    if (this.#hosts === undefined && this.#inet !== undefined) this.#hosts = new Hosts(this.#inet);
    return this.#hosts?.resolve(hosted);
  }

  override [varProtocol](dependent: Dependent): Link<Resolved> {
    return new ResolvedLink(this, dependent);
  }
}

class ResolvedLink<A> implements Link<Resolved> {
  readonly #of: ResolvedVar<A>;
  readonly #dependent: Dependent;
  readonly #source: Link<A>;
  #chosen: Var<Resolved> | undefined;
  #inner: Link<Resolved> | undefined;
  #pulls = 0;
  #closed = false;
  value: Resolved = State.pending;

  constructor(of: ResolvedVar<A>, dependent: Dependent) {
    this.#of = of;
    this.#dependent = dependent;
    this.#source = of.source[varProtocol](dependent);
    try {
      this.#choose();
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#inner !== undefined) this.#show(this.#inner.value);
  }

  pull(): boolean {
    const switched = this.#source.pull() && this.#choose();
    if (this.#closed) return false;
    if (this.#inner === undefined) return switched;
    if (!this.#inner.pull() && !switched) return false;
    this.#show(this.#inner.value);
    return true;
  }

  #choose(): boolean {
    const pull = ++this.#pulls;
    const state = this.#of.read(this.#source.value);
    const chosen = state.status === "ok" && state.value?.type === "hosted" ? this.#of.resolve(state.value) : undefined;
    if (chosen !== undefined && chosen === this.#chosen) return false;
    // Linking asks the resolver, whose doings may come back here; and the new before the old, so that a host that both have stays.
    const inner = chosen?.[varProtocol](this.#dependent);
    if (this.#closed || pull !== this.#pulls) {
      inner?.close();
      return false;
    }
    const old = this.#inner;
    this.#chosen = chosen;
    this.#inner = inner;
    if (inner === undefined) this.#show(state as Resolved);
    old?.close();
    return true;
  }

  #show(value: Resolved): void {
    this.value = value;
    this.#of.shown = value;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source.close();
    this.#inner?.close();
  }
}
