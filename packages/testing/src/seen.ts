import {
  type Addr,
  type Closable,
  type Name,
  type Namer,
  type NameTree,
  Path,
  type State,
  type Var,
} from "@namerkit/core";
import { until } from "./until.js";

/** For tests of namers: everything that an observer of a name comes to see, in order: the tree, and the addresses of the leaf while there is one. */
export class Seen implements Closable {
  readonly states: State<NameTree<Name>>[] = [];
  readonly addrs: Addr[] = [];
  /** The inner Vars, each once. */
  readonly inner = new Set<Var<Addr>>();
  readonly #namer: Namer;
  readonly #path: Path;
  readonly #outer: Closable;
  #leaf: Closable | undefined;

  constructor(namer: Namer, path: string) {
    this.#namer = namer;
    this.#path = Path.parse(path);
    this.#outer = namer.lookup(this.#path).run.observe((state) => this.#took(state));
  }

  /** What the tree is now: "pending", "failed: CODE", "neg", or the id of the leaf. */
  get tree(): string {
    return textOf(this.states.at(-1));
  }

  get trees(): readonly string[] {
    return this.states.map(textOf);
  }

  get error(): string {
    const last = this.states.at(-1);
    return last?.status === "failed" ? last.error.message : "";
  }

  /** Sorted `ip:port`. */
  get addresses(): readonly string[] {
    return addressesOf(this.addrs.at(-1));
  }

  get status() {
    return this.#namer.statusOf?.(this.#path).sample();
  }

  /** Waits until there is a leaf with exactly these. */
  async has(...addresses: readonly string[]): Promise<void> {
    await until(() => this.tree.startsWith("/") && String(this.addresses) === String([...addresses].sort()), {
      what: `${addresses} (there is ${this.tree} with ${this.addresses})`,
    });
  }

  async is(tree: string | RegExp): Promise<void> {
    await until(() => (typeof tree === "string" ? this.tree === tree : tree.test(this.tree)), { what: String(tree) });
  }

  close(): void {
    this.#leaf?.close();
    this.#outer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #took(state: State<NameTree<Name>>): void {
    this.states.push(state);
    this.#leaf?.close();
    this.#leaf = undefined;
    if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
    const { addr } = state.value.value;
    this.inner.add(addr);
    this.#leaf = addr.observe((value) => this.addrs.push(value));
  }
}

function addressesOf(addr: Addr | undefined): readonly string[] {
  return addr?.type === "bound" ? addr.addresses.map(({ ip, port }) => `${ip}:${port}`).sort() : [];
}

function textOf(state: State<NameTree<Name>> | undefined): string {
  if (state === undefined) return "nothing";
  if (state.status !== "ok") return state.status === "failed" ? `failed: ${state.error.code}` : state.status;
  const tree = state.value;
  if (tree.type !== "leaf" || tree.value.type !== "bound") return tree.type;
  const { id, residual } = tree.value;
  return residual.isEmpty ? id.show() : `${id.show()} + ${residual.show()}`;
}
