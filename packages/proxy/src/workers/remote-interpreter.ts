import {
  Activity,
  Addr,
  type BindOptions,
  type BoundName,
  type Dtab,
  encodeDtab,
  type Interpreter,
  NamerError,
  type NameTree,
  Path,
  type SourceStatus,
  State,
  type Var,
} from "@namerkit/core";
import { type AddrTopic, type BindTopic, decodeAnswer, decodeState, type UsableTopic } from "./answers.js";
import type { Resolve, VarLink } from "./var-link.js";

/** Names that clients invent have trouble, too. */
const maxTroubles = 1_000;

/** A router's interpreter that is in another process: bindings, and addresses as far as they are used, come from there. */
export class RemoteInterpreter implements Interpreter {
  readonly #link: VarLink;
  readonly #router: number;
  readonly #dtab: Dtab;
  /** Of names without a value, by their text. */
  readonly #troubles = new Map<string, SourceStatus>();

  /** `dtab`: the router's own, which the other side knows. */
  constructor(link: VarLink, router: number, dtab: Dtab) {
    this.#link = link;
    this.#router = router;
    this.#dtab = dtab;
  }

  bind(dtab: Dtab, path: Path, { usable }: BindOptions = {}): Activity<NameTree<BoundName>> {
    const bind = path.show();
    const topic: BindTopic = {
      router: this.#router,
      bind,
      failover: usable !== undefined,
      ...(dtab === this.#dtab ? {} : { dtab: encodeDtab(dtab) }),
    };
    const answer: Resolve | undefined =
      usable && ((asked) => usable(Path.parse((asked as UsableTopic).usable)).map((is) => () => is));
    // As long as a leaf has the same key its addresses are the same Var: clients are built on that.
    let known = new Map<number, Var<Addr>>();
    const decode = (json: unknown) => {
      const seen = new Map<number, Var<Addr>>();
      const { value, status } = decodeState(json, (key, id) => {
        const addr = seen.get(key) ?? known.get(key) ?? this.#addr(key, id);
        seen.set(key, addr);
        return addr;
      });
      if (value.status === "ok") known = seen;
      this.#note(bind, status);
      return value;
    };
    return Activity.of(this.#link.follow<State<NameTree<BoundName>>>(topic, State.pending, decode, answer));
  }

  /** What the catalogue said last of a name that has no value, or an address set that has none. */
  statusOf(name: Path): SourceStatus | undefined {
    return this.#troubles.get(name.show());
  }

  delegate(): Promise<never> {
    return Promise.reject(new NamerError("ABORTED", "names are explained by the admin server, not by a worker"));
  }

  #addr(key: number, id: Path): Var<Addr> {
    const topic: AddrTopic = { addr: key };
    return this.#link.follow<Addr>(topic, Addr.pending, (json) => {
      const { value, status } = decodeAnswer(json);
      this.#note(id.show(), status);
      return value;
    });
  }

  #note(name: string, status: SourceStatus | undefined): void {
    this.#troubles.delete(name);
    if (status === undefined) return;
    this.#troubles.set(name, status);
    const [oldest] = this.#troubles.keys();
    if (this.#troubles.size > maxTroubles && oldest !== undefined) this.#troubles.delete(oldest);
  }
}
