import {
  Addr,
  type Clock,
  type Closable,
  type Dtab,
  decodeDtab,
  type Interpreter,
  type MountedNamer,
  NamerError,
  NameTree,
  Path,
  statusesOf,
  Var,
} from "@namerkit/core";
import { type AddrTopic, type Answer, type BindTopic, encodeAnswer, encodeState, type UsableTopic } from "./answers.js";
import type { Ask, Resolve } from "./var-link.js";

/** A worker that has just let go of a name may have begun to use an address set of it. */
const keptMs = 30_000;

/** A router as workers bind by it. */
export interface BoundBy {
  readonly dtab: Dtab;
  readonly interpreter: Interpreter;
  readonly mounted: readonly MountedNamer[];
}

/** The primary's end of the names of one worker: binds what it asks for with the interpreters of this process. */
export class BindingHost implements Closable {
  readonly #routers: (number: number) => BoundBy | undefined;
  readonly #clock: Clock;
  readonly #addrs = new Map<number, Known>();
  readonly #timers = new Set<Closable>();
  #lastKey = 0;

  /** `routers`: by the number of a generation. */
  constructor(routers: (number: number) => BoundBy | undefined, clock: Clock) {
    this.#routers = routers;
    this.#clock = clock;
  }

  readonly resolve: Resolve = (topic, ask) => {
    if ("addr" in (topic as AddrTopic)) return this.#addr((topic as AddrTopic).addr);
    return this.#bind(topic as BindTopic, ask);
  };

  /** How many address sets can be asked for. */
  get addrs(): number {
    return this.#addrs.size;
  }

  close(): void {
    for (const timer of this.#timers) timer.close();
    this.#timers.clear();
    this.#addrs.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #bind({ router, bind, dtab: json, failover }: BindTopic, ask: Ask): Var<() => unknown> {
    const by = this.#routers(router);
    if (by === undefined) return Var.value(() => encodeState(gone(`router ${router}`), () => -1));
    const { interpreter, mounted } = by;
    const dtab = json === undefined ? by.dtab : decodeDtab(json);
    const path = Path.parse(bind);
    const usable = (id: Path) => ask({ usable: id.show() } satisfies UsableTopic, true, (value) => value === true);
    return Var.async<() => unknown>(pending, (set, signal) => {
      let keys = new Map<Var<Addr>, number>();
      const observation = interpreter
        .bind(dtab, path, failover ? { usable } : {})
        .run.flatMap((state) => withStatus(state, state.status === "ok", dtab, path, mounted))
        .observe((answer) => {
          const { value: state } = answer;
          const before = keys;
          keys = new Map();
          const leaves = state.status === "ok" ? NameTree.leaves(state.value) : [];
          for (const { addr, id } of leaves) {
            if (!keys.has(addr)) keys.set(addr, before.get(addr) ?? this.#add({ addr, id, dtab, mounted }));
          }
          for (const [addr, key] of before) if (!keys.has(addr)) this.#drop(key);
          const now = keys;
          set(() => encodeState(answer, (addr) => now.get(addr) ?? -1));
        });
      signal.addEventListener("abort", () => {
        observation.close();
        for (const key of keys.values()) this.#drop(key);
      });
    });
  }

  #addr(key: number): Var<() => unknown> {
    const known = this.#addrs.get(key);
    if (known === undefined) return Var.value(() => encodeAnswer({ value: Addr.failed(forgotten("this name")) }));
    const { addr, id, dtab, mounted } = known;
    return addr
      .flatMap((value) => withStatus(value, value.type === "bound" || value.type === "neg", dtab, id, mounted))
      .map((answer) => () => encodeAnswer(answer));
  }

  #add(known: Known): number {
    const key = ++this.#lastKey;
    this.#addrs.set(key, known);
    return key;
  }

  #drop(key: number): void {
    const timer = this.#clock.after(keptMs, () => {
      this.#timers.delete(timer);
      this.#addrs.delete(key);
    });
    this.#timers.add(timer);
  }
}

/** What a worker may ask the addresses of. */
interface Known {
  readonly addr: Var<Addr>;
  readonly id: Path;
  readonly dtab: Dtab;
  readonly mounted: readonly MountedNamer[];
}

/** While there is no value, what the catalogue has said last is told with it: a request that waits in vain is to know. */
function withStatus<T>(
  value: T,
  there: boolean,
  dtab: Dtab,
  path: Path,
  mounted: readonly MountedNamer[],
): Var<Answer<T>> {
  if (there) return Var.value({ value });
  return statusesOf(dtab, path, mounted).map((all) => {
    return { value, status: all.find(({ lastError }) => lastError !== undefined) };
  });
}

function pending(): unknown {
  return {};
}

function gone(what: string) {
  return { value: { status: "failed" as const, error: forgotten(what) } };
}

function forgotten(what: string): NamerError {
  return new NamerError("CLOSED", `${what} is not served any more; it was asked for too late`);
}
