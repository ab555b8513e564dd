import { type BoundName, NameTree, type Path, Var } from "@namerkit/core";
import type { ClientEntry } from "./client-entry.js";
import { type Leaf, leafKey } from "./distribution.js";
import type { Failover } from "./failover.js";

type Tree = NameTree<BoundName>;

/** One observation of whether an id is usable. */
interface Question {
  readonly key: string;
  /** What was answered last. */
  usable: boolean;
  readonly set: (usable: boolean) => void;
}

/** Keeps a client from going, as its users do. */
export interface ClientHolder {
  retain(client: ClientEntry): void;
  drop(client: ClientEntry): void;
}

/**
 * How one binding stands to the alternatives that are away: which of them it asks about, and the leaves that it has lost for now,
 * to send a request there once in a while.
 *
 * Every question is answered with yes at first, and with the truth as soon as the tree has been seen: that is how a binding comes
 * to know the leaf of an alternative that was away before.
 */
export class Standing {
  readonly #failover: Failover;
  readonly #holder: ClientHolder;
  readonly #questions = new Set<Question>();
  readonly #lost = new Map<string, { readonly leaf: Leaf; readonly client: ClientEntry }>();
  #settling = false;

  constructor(failover: Failover, holder: ClientHolder) {
    this.#failover = failover;
    this.#holder = holder;
  }

  /** What the interpreter asks. */
  readonly usable = (id: Path): Var<boolean> => {
    const key = id.show();
    return Var.async(true, (set, signal) => {
      const question: Question = { key, usable: true, set };
      this.#questions.add(question);
      const watch = this.#failover.watch(key, () => this.#answer(question));
      signal.addEventListener("abort", () => {
        watch.close();
        this.#questions.delete(question);
        if (!this.#asks(key)) this.#find(key);
      });
    });
  };

  /** True if the tree would be another one if everything that is away were not. */
  get missesSome(): boolean {
    for (const question of this.#questions) if (!question.usable) return true;
    return false;
  }

  /** The tree of the binding is another one. */
  treeChanged(before: Tree | undefined, after: Tree): void {
    const present = new Set<string>();
    for (const name of NameTree.leaves(after)) present.add(name.id.show());
    for (const key of present) this.#find(key);
    for (const name of before === undefined ? [] : NameTree.leaves(before)) {
      const key = name.id.show();
      const client = this.#failover.away(key)?.client;
      if (client === undefined || present.has(key) || this.#lost.has(key) || !this.#asks(key)) continue;
      this.#lost.set(key, { leaf: { name, boundKey: leafKey(name), lastUsed: undefined }, client });
      this.#holder.retain(client);
    }
  }

  /** Answers with the truth where it has not been said yet. Trees may change on the way. */
  settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    try {
      // A question that comes up meanwhile is visited as well. Each is settled once, so this ends.
      for (const question of this.#questions) this.#answer(question);
    } finally {
      this.#settling = false;
    }
  }

  /** A leaf that was lost, to be probed by the next request, which is then to be ended or given back. */
  toProbe(now: number): Leaf | undefined {
    if (this.#lost.size === 0) return undefined;
    for (const [key, { leaf, client }] of this.#lost) {
      const away = this.#failover.away(key);
      if (away === undefined || away.client !== client || away.probing || away.proven) continue;
      if (client.stopped || !client.parts.balancer.hasOpen(now)) continue;
      away.probing = true;
      return leaf;
    }
    return undefined;
  }

  /** The binding is no more. */
  close(): void {
    for (const key of [...this.#lost.keys()]) this.#find(key);
  }

  #asks(key: string): boolean {
    for (const question of this.#questions) if (question.key === key) return true;
    return false;
  }

  #answer(question: Question): void {
    const usable = this.#failover.away(question.key) === undefined;
    if (question.usable === usable || !this.#questions.has(question)) return;
    question.usable = usable;
    question.set(usable);
  }

  /** What was lost is not any more, or is not looked for. */
  #find(key: string): void {
    const lost = this.#lost.get(key);
    if (lost === undefined) return;
    this.#lost.delete(key);
    this.#holder.drop(lost.client);
  }
}
