import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, address } from "../names/addr.js";
import { Dtab } from "../names/dtab.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { encodeDelegateTree } from "./delegate-json.js";
import { createInterpreter, type InterpreterOptions } from "./interpreter.js";
import type { MountedNamer } from "./namer.js";

const mount = (prefix: string, answer: Activity<NameTree<Name>>): MountedNamer => ({
  prefix: Path.parse(prefix),
  namer: { lookup: () => answer },
});
const leaf = (id: string, addr: Var<Addr>): NameTree<Name> =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.empty, addr));

async function explained(dtab: string, path: string, options: InterpreterOptions = {}): Promise<unknown> {
  const tree = await createInterpreter(options).delegate(Dtab.parse(dtab), Path.parse(path));
  return JSON.parse(JSON.stringify(await encodeDelegateTree(tree)));
}

describe("delegate", () => {
  it("shows union weights, endpoint weights, and rewriting under the entry that led to it", async () => {
    const addr = Var.value(Addr.bound([address("10.0.0.2", 1, { weight: 3 }), address("10.0.0.1", 1)]));
    const namers = [mount("/#/n", Activity.value(leaf("/#/n/a", addr)))];
    const dtab = "/m => /#/n/a ; /svc => 0.25 * /$/io.buoyant.http.anyMethod & 0.75 * $";
    const dentry = { prefix: "/svc", dst: "0.25*/$/io.buoyant.http.anyMethod & 0.75*$" };
    expect(await explained(dtab, "/svc/GET/m", { namers })).toEqual({
      type: "union",
      path: "/svc/GET/m",
      union: [
        {
          weight: 0.25,
          tree: {
            type: "delegate",
            path: "/m",
            dentry,
            delegate: {
              type: "leaf",
              path: "/#/n/a",
              dentry: { prefix: "/m", dst: "/#/n/a" },
              bound: {
                id: "/#/n/a",
                path: "/",
                addr: {
                  type: "bound",
                  meta: {},
                  addrs: [
                    { ip: "10.0.0.1", port: 1, meta: {} },
                    { ip: "10.0.0.2", port: 1, meta: { endpoint_addr_weight: 3 } },
                  ],
                },
              },
            },
          },
        },
        { weight: 0.75, tree: { type: "empty", path: "/svc/GET/m", dentry } },
      ],
    });
  });

  it("agrees with binding on a lone ~: the namers still answer", async () => {
    const namers = [mount("/#/n", Activity.value<NameTree<Name>>(NameTree.empty))];
    expect(await explained("/#/n => ~", "/#/n/a", { namers })).toEqual({ type: "empty", path: "/#/n/a" });
  });

  it("waits for what is pending, then goes on", async () => {
    const state = Var.mutable<State<NameTree<Name>>>(State.pending);
    const waiting = explained("", "/#/n/a", { namers: [mount("/#/n", Activity.of(state))] });
    state.update(State.failed(new NamerError("TEST", "down")));
    expect(await waiting).toEqual({ type: "exception", path: "/#/n/a", message: "down" });
  });

  it("gives up when told to, and names what it still waited for; nothing stays observed", async () => {
    let observers = 0;
    const slow = Activity.async<NameTree<Name>>((_, signal) => {
      observers++;
      signal.addEventListener("abort", () => observers--);
    });
    const interpreter = createInterpreter({ namers: [mount("/#/slow", slow)] });
    const stop = new AbortController();
    const { signal } = stop;
    const waiting = interpreter.delegate(Dtab.parse("/a => /#/slow/x | /$/fail"), Path.parse("/a"), { signal });
    expect(observers).toBe(1);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", message: expect.stringContaining("/#/slow/x") });
    expect(observers).toBe(0);
  });

  it("shows addresses that are still pending when the signal fires", async () => {
    const namers = [mount("/#/n", Activity.value(leaf("/#/n/a", Var.value<Addr>(Addr.pending))))];
    const tree = await createInterpreter({ namers }).delegate(Dtab.empty, Path.parse("/#/n/a"));
    const stop = new AbortController();
    const encoding = encodeDelegateTree(tree, { signal: stop.signal });
    stop.abort();
    expect(await encoding).toMatchObject({ bound: { addr: { type: "pending" } } });
  });

  it("refuses to explain a dtab that multiplies without end, and lets go of everything", async () => {
    let observers = 0;
    const slow = Activity.async<NameTree<Name>>((_, signal) => {
      observers++;
      signal.addEventListener("abort", () => observers--);
    });
    const interpreter = createInterpreter({ namers: [mount("/#/slow", slow)], maxLookups: 200 });
    const waiting = interpreter.delegate(Dtab.parse("/a => /#/slow & /a & /a"), Path.parse("/a"));
    await expect(waiting).rejects.toMatchObject({ code: "BIND_BREADTH" });
    expect(observers).toBe(0);
  });

  it("shows a namer that throws as an exception", async () => {
    const throwing: MountedNamer = {
      prefix: Path.parse("/#/n"),
      namer: {
        lookup() {
          throw new Error("thrown");
        },
      },
    };
    expect(await explained("", "/#/n", { namers: [throwing] })).toMatchObject({ type: "exception", message: "thrown" });
  });
});
