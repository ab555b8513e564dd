import {
  type Addr,
  address,
  type BoundName,
  type Closable,
  createInterpreter,
  Dtab,
  encodeAddr,
  encodeTree,
  type Interpreter,
  type MutableVar,
  NameTree,
  Path,
  type State,
  systemClock,
  Var,
} from "@namerkit/core";
import { FakeNamer, until } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wires } from "../../test/wires.js";
import { BindingHost } from "./binding-host.js";
import { RemoteInterpreter } from "./remote-interpreter.js";
import { type LinkMessage, VarLink } from "./var-link.js";

const dtab = Dtab.parse("/svc => /#/fake; /either => /#/fake/a | /#/fake/b; /both => 1 * /#/fake/a & 3 * /#/fake/b;");
const names = ["/svc/a", "/svc/b", "/svc/c/left/over", "/either", "/both", "/svc/a | /svc/c", "/nowhere"];

/** A worker's view of a namer, and that of the primary beside it. */
function setUp() {
  const namer = new FakeNamer({ otherwise: "neg" });
  const mounted = [{ prefix: namer.prefix, namer }];
  const here = createInterpreter({ namers: mounted });
  const { near, far } = wires<LinkMessage, LinkMessage>();
  const host = new BindingHost(
    (number) => (number === 7 ? { dtab, interpreter: here, mounted } : undefined),
    systemClock,
  );
  const primary = new VarLink(near, host.resolve);
  const worker = new VarLink(far, () => Var.value(() => undefined));
  const there = new RemoteInterpreter(worker, 7, dtab);
  return { namer, here, there, host, primary, worker };
}

/** Follows a name through an interpreter, with the addresses of all its leaves. */
class Viewer {
  #state: State<NameTree<BoundName>> = { status: "pending" };
  #addrs = new Map<Var<Addr>, { addr: Addr; observation: Closable }>();
  readonly #observation: Closable;

  constructor(interpreter: Interpreter, name: string, usable?: (id: Path) => Var<boolean>) {
    const [first, second] = name.split(" | ");
    const local = second === undefined ? dtab : dtab.concat(Dtab.parse(`/local => ${first} | ${second};`));
    const path = Path.parse(second === undefined ? name : "/local");
    this.#observation = interpreter.bind(local, path, usable === undefined ? {} : { usable }).run.observe((state) => {
      this.#state = state;
      const before = this.#addrs;
      this.#addrs = new Map();
      if (state.status === "ok") for (const { addr } of NameTree.leaves(state.value)) this.#follow(addr, before);
      for (const { observation } of before.values()) observation.close();
    });
  }

  get shown(): unknown {
    const state = this.#state;
    if (state.status === "failed") return { failed: state.error.code, message: state.error.message };
    if (state.status === "pending") return "pending";
    const addrs = NameTree.leaves(state.value).map((leaf) => shownAddr(this.#addrs.get(leaf.addr)?.addr));
    return { tree: encodeTree(state.value), addrs };
  }

  get vars(): readonly Var<Addr>[] {
    return [...this.#addrs.keys()];
  }

  close(): void {
    this.#observation.close();
    for (const { observation } of this.#addrs.values()) observation.close();
  }

  #follow(addr: Var<Addr>, before: Map<Var<Addr>, { addr: Addr; observation: Closable }>): void {
    const known = before.get(addr) ?? this.#addrs.get(addr);
    if (known !== undefined) {
      before.delete(addr);
      this.#addrs.set(addr, known);
      return;
    }
    const entry = { addr: { type: "pending" } as Addr, observation: undefined as unknown as Closable };
    entry.observation = addr.observe((value) => {
      entry.addr = value;
    });
    this.#addrs.set(addr, entry);
  }
}

function shownAddr(addr: Addr | undefined): unknown {
  return addr?.type === "failed" ? { failed: addr.error.code, message: addr.error.message } : addr && encodeAddr(addr);
}

const web = (...last: number[]) => last.map((one) => address(`10.0.0.${one}`, 80, { meta: { zone: "a" } }));

describe("names over a wire", () => {
  it("are what they are here, whatever happens to them", async () => {
    const operation = fc.oneof(
      fc.record({ do: fc.constant("set" as const), name: fc.constantFrom("a", "b", "c"), to: answers() }),
      fc.record({ do: fc.constant("view" as const), name: fc.constantFrom(...names) }),
      fc.record({ do: fc.constant("leave" as const), at: fc.nat(5) }),
      fc.record({ do: fc.constant("usable" as const), name: fc.constantFrom("a", "b"), is: fc.boolean() }),
      fc.record({ do: fc.constant("pause" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 1, maxLength: 25 }),
        fc.boolean(),
        async (operations, failover) => {
          const { namer, here, there, primary, worker } = setUp();
          const usability = new Map<string, MutableVar<boolean>>();
          const usableOf = (id: string) => {
            let found = usability.get(id);
            if (found === undefined) {
              found = Var.mutable(true);
              usability.set(id, found);
            }
            return found;
          };
          const usable = failover ? (id: Path) => usableOf(id.show()) : undefined;
          const viewers: { readonly near: Viewer; readonly far: Viewer }[] = [];
          for (const one of operations) {
            if (one.do === "set") namer.set(`/${one.name}`, one.to);
            else if (one.do === "view")
              viewers.push({ near: new Viewer(here, one.name, usable), far: new Viewer(there, one.name, usable) });
            else if (one.do === "leave") {
              for (const { near, far } of viewers.splice(one.at, 1)) {
                near.close();
                far.close();
              }
            } else if (one.do === "usable") usableOf(`/#/fake/${one.name}`).update(one.is);
            else await new Promise(setImmediate);
          }
          await until(() => {
            for (const { near, far } of viewers) expect(far.shown).toEqual(near.shown);
            return true;
          });
          for (const { near, far } of viewers) {
            near.close();
            far.close();
          }
          await until(() => primary.told === 0 && worker.followed === 0 && primary.followed === 0 && worker.told === 0);
          expect(namer.observers()).toEqual({ tree: 0, addr: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keep their address Var while they stay in the tree, and move on two levels", async () => {
    const { namer, there } = setUp();
    namer.set("/a", web(1));
    const viewer = new Viewer(there, "/either");
    await until(() => expect(viewer.shown).toMatchObject({ addrs: [{ type: "bound" }] }) ?? true);
    const [before] = viewer.vars;
    namer.set("/a", web(1, 2));
    await until(() => expect(viewer.shown).toMatchObject({ addrs: [{ addrs: [{}, {}] }] }) ?? true);
    expect(viewer.vars).toEqual([before]);
    namer.set("/b", web(3));
    namer.set("/a", "neg");
    await until(() => expect(viewer.shown).toMatchObject({ tree: { bound: { id: "/#/fake/b" } } }) ?? true);
    viewer.close();
  });

  it("that cannot be had say what the catalogue said last", async () => {
    const { namer, there } = setUp();
    namer.set("/a", "failed");
    const viewer = new Viewer(there, "/svc/a");
    await until(() => there.statusOf(Path.parse("/svc/a"))?.lastError?.code === "NAMER_UNAVAILABLE");
    namer.set("/a", web(1));
    await until(() => there.statusOf(Path.parse("/svc/a")) === undefined);
    viewer.close();
  });

  it("of a router that is not there fail", async () => {
    const { worker } = setUp();
    const viewer = new Viewer(new RemoteInterpreter(worker, 8, dtab), "/svc/a");
    await until(() => expect(viewer.shown).toMatchObject({ failed: "CLOSED" }) ?? true);
    viewer.close();
  });

  it("send the latest of many values once", async () => {
    const { near, far } = wires<LinkMessage, LinkMessage>();
    const value = Var.mutable(0);
    let asked = 0;
    new VarLink(near, () =>
      value.map((one) => () => {
        asked++;
        return one;
      }),
    );
    const seen: unknown[] = [];
    const link = new VarLink(far, () => Var.value(() => undefined));
    const observation = link.follow("x", -1, (one) => one).observe((one) => seen.push(one));
    await until(() => seen.at(-1) === 0);
    for (let i = 1; i <= 1_000; i++) value.update(i);
    await until(() => seen.at(-1) === 1_000);
    expect(asked).toBeLessThanOrEqual(3);
    observation.close();
  });
});

function answers() {
  return fc.oneof(
    fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }).map((last) => web(...last)),
    fc.constantFrom("neg" as const, "pending" as const, "failed" as const),
  );
}
