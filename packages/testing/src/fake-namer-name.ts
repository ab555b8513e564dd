import {
  Activity,
  Addr,
  type Address,
  type AddrMeta,
  type Clock,
  closable,
  encodeAddr,
  type MutableVar,
  type Name,
  NamerError,
  NameTree,
  type Path,
  type SourceStatus,
  State,
  stabilizeExistence,
  Var,
} from "@namerkit/core";
import { watchedVar } from "./ledger/watched-var.js";

/** What a FakeNamer can be told to say of a name. */
export type FakeAnswer =
  | readonly Address[]
  | { readonly addresses: readonly Address[]; readonly meta: AddrMeta }
  | "neg"
  | "pending"
  | "failed"
  | NamerError;

type Bound = Extract<Addr, { readonly type: "bound" }>;

const gone: Var<Addr> = Var.value(Addr.neg);

/** One name of a FakeNamer. */
export class FakeName {
  readonly path: Path;
  readonly status: MutableVar<SourceStatus>;
  readonly #clock: Clock;
  readonly #state: MutableVar<State<Bound | undefined>>;
  readonly #existence: Activity<Var<Addr> | undefined>;
  #addr: Var<Addr> | undefined;
  lookups = 0;
  treeObservers = 0;
  addrObservers = 0;

  constructor(path: Path, answer: FakeAnswer, clock: Clock) {
    this.path = path;
    this.#clock = clock;
    const state = stateOf(answer);
    this.#state = Var.mutable(state);
    this.status = Var.mutable(this.#statusOf(state, undefined));
    const existence = stabilizeExistence<Bound>(Activity.of(this.#state), Addr.equals);
    this.#existence = existence.map((inner) => inner && this.#addrOf(inner));
  }

  /** Whether it has addresses. */
  get listed(): boolean {
    const state = this.#state.sample();
    return state.status === "ok" && state.value !== undefined;
  }

  set(answer: FakeAnswer): void {
    const state = stateOf(answer);
    this.status.update(this.#statusOf(state, this.status.sample()));
    this.#state.update(state);
  }

  lookup(leaf: (addr: Var<Addr>) => Name): Activity<NameTree<Name>> {
    this.lookups++;
    const tree = this.#existence.map((addr) => (addr === undefined ? NameTree.neg : NameTree.leaf(leaf(addr))));
    return Activity.of(
      watchedVar(tree.run, () => {
        this.treeObservers++;
        return closable(() => this.treeObservers--);
      }),
    );
  }

  /** Made once; `inner` never is another one. A final failure takes the addresses back, as where an answer has become too old. */
  #addrOf(inner: Var<Addr>): Var<Addr> {
    this.#addr ??= watchedVar(
      this.#state.flatMap((state) => (state.status === "failed" && state.error.final ? gone : inner)),
      () => {
        this.addrObservers++;
        return closable(() => this.addrObservers--);
      },
    );
    return this.#addr;
  }

  toJSON(): unknown {
    const state = this.#state.sample();
    if (state.status === "failed")
      return { status: state.status, code: state.error.code, message: state.error.message };
    if (state.status === "pending") return { status: state.status };
    return { status: state.status, addr: encodeAddr(state.value ?? Addr.neg) };
  }

  #statusOf(state: State<unknown>, before: SourceStatus | undefined): SourceStatus {
    const now = new Date(this.#clock.wall()).toISOString();
    const answered = before?.firstContactAt !== undefined;
    if (state.status === "ok") {
      const firstContactAt = before?.firstContactAt ?? now;
      const contact = { firstContactAt, lastContactAt: now, lastChangeAt: now, staleSince: undefined };
      return { ...nothingYet, ...before, ...contact, state: "live" };
    }
    if (state.status === "pending") return { ...nothingYet, ...before };
    const { code, message } = state.error;
    const staleSince = answered ? (before.staleSince ?? now) : undefined;
    const lastError = { code, message, at: now };
    return { ...nothingYet, ...before, state: answered ? "stale" : "connecting", staleSince, lastError };
  }
}

const nothingYet: SourceStatus = {
  state: "connecting",
  request: undefined,
  firstContactAt: undefined,
  lastContactAt: undefined,
  lastChangeAt: undefined,
  staleSince: undefined,
  lastError: undefined,
  counters: {},
};

function stateOf(answer: FakeAnswer): State<Bound | undefined> {
  if (answer === "neg") return State.ok(undefined);
  if (answer === "pending") return State.pending;
  if (answer === "failed") return State.failed(new NamerError("NAMER_UNAVAILABLE", "the fake namer was told to fail"));
  if (answer instanceof Error) return State.failed(answer);
  const { addresses, meta } = "addresses" in answer ? answer : { addresses: answer, meta: undefined };
  return State.ok(addresses.length === 0 ? undefined : (Addr.bound(addresses, meta) as Bound));
}
