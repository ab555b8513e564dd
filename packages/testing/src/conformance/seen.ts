import {
  type Addr,
  type Closable,
  isNamerError,
  messageOf,
  type Name,
  type Namer,
  type NamerError,
  type NameTree,
  Path,
  type SourceStatus,
  type State,
  type Var,
} from "@namerkit/core";
import type { Trace } from "./trace.js";

/** Everything that an observer of a name comes to see, in order: the tree, and the addresses of the leaf while there is one. */
export class Seen implements Closable {
  readonly path: Path;
  readonly states: State<NameTree<Name>>[] = [];
  readonly addrs: Addr[] = [];
  /** The inner Vars, each once. */
  readonly inner = new Set<Var<Addr>>();
  /** Called after each state, for scenarios that do something from within. */
  onState: ((state: State<NameTree<Name>>) => void) | undefined;
  readonly #namer: Namer;
  readonly #trace: Trace;
  readonly #label: string;
  readonly #outer: Closable;
  readonly #status: Closable | undefined;
  readonly #statuses: string[] = [];
  #leaf: Closable | undefined;
  #followed: Var<Addr> | undefined;

  constructor(namer: Namer, path: string, trace: Trace) {
    this.path = Path.parse(path);
    this.#namer = namer;
    this.#trace = trace;
    this.#label = path;
    // Its addresses are observed for as long as this observes the tree, as a client does with what it has bound.
    this.#outer = namer.lookup(this.path).run.observe((state) => this.#took(state));
    this.#status = namer.statusOf?.(this.path).observe((status) => this.#turned(status));
  }

  /** What the tree is now: "pending", "failed CODE", "neg", or the id of the leaf and its residual. */
  get tree(): string {
    return textOf(this.states.at(-1));
  }

  get trees(): readonly string[] {
    return this.states.map(textOf);
  }

  /** The failure that is shown now. */
  get error(): NamerError | undefined {
    const last = this.states.at(-1);
    return last?.status === "failed" ? last.error : undefined;
  }

  /** The leaf that is shown now. */
  get leaf(): Extract<Name, { type: "bound" }> | undefined {
    return leafOf(this.states.at(-1));
  }

  /** The address sets that the leaf has had, as sorted `ip:port` with a blank between, or "neg" and the like. */
  get sets(): readonly string[] {
    return this.addrs.map(addrText);
  }

  /** The latest of them while there is a leaf, else "". */
  get set(): string {
    return this.leaf === undefined ? "" : (this.sets.at(-1) ?? "");
  }

  get status(): SourceStatus | undefined {
    return this.#namer.statusOf?.(this.path).sample();
  }

  /** The states that the status has gone through: "connecting", "live" … */
  get statuses(): readonly string[] {
    return this.#statuses;
  }

  close(): void {
    this.#trace.add("close", this.#label);
    this.#status?.close();
    this.#leaf?.close();
    this.#outer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #took(state: State<NameTree<Name>>): void {
    this.states.push(state);
    const cause = state.status === "failed" ? ` (${messageOf(state.error)})` : "";
    this.#trace.add("tree", `${this.#label}: ${textOf(state)}${cause}`);
    this.#follow(leafOf(state)?.addr);
    this.onState?.(state);
  }

  #follow(addr: Var<Addr> | undefined): void {
    if (addr === this.#followed) return;
    this.#leaf?.close();
    this.#followed = addr;
    if (addr === undefined) return;
    this.inner.add(addr);
    this.#leaf = addr.observe((value) => {
      this.addrs.push(value);
      this.#trace.add("addr", `${this.#label}: ${addrText(value)}`);
    });
  }

  #turned(status: SourceStatus | undefined): void {
    const state = status?.state ?? "none";
    if (this.#statuses.at(-1) === state) return;
    this.#statuses.push(state);
    const error = status?.lastError;
    this.#trace.add(
      "status",
      `${this.#label}: ${state}${error === undefined ? "" : ` (${error.code}: ${error.message})`}`,
    );
  }
}

export function addrText(addr: Addr): string {
  if (addr.type === "failed") return `failed ${isNamerError(addr.error) ? addr.error.code : String(addr.error)}`;
  if (addr.type !== "bound") return addr.type;
  return addr.addresses.length === 0
    ? "empty"
    : addr.addresses
        .map(({ ip, port }) => `${ip}:${port}`)
        .sort()
        .join(" ");
}

function leafOf(state: State<NameTree<Name>> | undefined): Extract<Name, { type: "bound" }> | undefined {
  if (state?.status !== "ok" || state.value.type !== "leaf") return undefined;
  return state.value.value.type === "bound" ? state.value.value : undefined;
}

function textOf(state: State<NameTree<Name>> | undefined): string {
  if (state === undefined) return "nothing";
  if (state.status !== "ok") return state.status === "failed" ? `failed ${state.error.code}` : state.status;
  const leaf = leafOf(state);
  if (leaf === undefined) return state.value.type;
  return leaf.residual.isEmpty ? leaf.id.show() : `${leaf.id.show()} + ${leaf.residual.show()}`;
}
