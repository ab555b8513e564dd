import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, address } from "../names/addr.js";
import { Dtab } from "../names/dtab.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { createInterpreter } from "./interpreter.js";
import { withLiveDtab } from "./live-dtab.js";
import type { MountedNamer } from "./namer.js";

const addrs = Var.value(Addr.bound([address("10.0.0.1", 80)]));

function mount(prefix: string, answer: Activity<NameTree<Name>> | "bound", asked: string[] = []): MountedNamer {
  const at = Path.parse(prefix);
  return {
    prefix: at,
    namer: {
      lookup(path) {
        asked.push(`${prefix} ${path.show()}`);
        return answer === "bound"
          ? Activity.value(NameTree.leaf(Name.bound(at.concat(path.take(1)), path.drop(1), addrs)))
          : answer;
      },
    },
  };
}

function leafOf(state: State<NameTree<BoundName>>): BoundName {
  if (state.status !== "ok" || state.value.type !== "leaf") throw new Error(`not a leaf: ${JSON.stringify(state)}`);
  return state.value.value;
}

describe("createInterpreter", () => {
  it("goes from the dtab to the namer whose prefix matches, and keeps id and residual apart", () => {
    const interpreter = createInterpreter({ namers: [mount("/#/io.l5d.fs", "bound")] });
    const state = interpreter.bind(Dtab.parse("/svc => /#/io.l5d.fs"), Path.parse("/svc/web/x")).run.sample();
    const leaf = leafOf(state);
    expect([leaf.id.show(), leaf.residual.show()]).toEqual(["/#/io.l5d.fs/web", "/x"]);
    expect(leaf.addr).toBe(addrs);
  });

  it("asks namers in order until one is not Neg, with the path below the prefix, and then what is built in", () => {
    const asked: string[] = [];
    const neg = Activity.value<NameTree<Name>>(NameTree.neg);
    const namers = [mount("/$/inet", neg, asked), mount("/other", "bound", asked), mount("/$", neg, asked)];
    const interpreter = createInterpreter({ namers });
    const leaf = leafOf(interpreter.bind(Dtab.empty, Path.parse("/$/inet/127.1/80/x")).run.sample());
    expect(asked).toEqual(["/$/inet /127.1/80/x", "/$ /inet/127.1/80/x"]);
    expect([leaf.id.show(), leaf.residual.show()]).toEqual(["/$/inet/127.1/80", "/x"]);
  });

  it.each([
    ["pending", Activity.pending],
    ["failed", Activity.failed(new NamerError("TEST", "down"))],
  ])("does not go past a namer that is %s", (status, answer) => {
    const asked: string[] = [];
    const interpreter = createInterpreter({ namers: [mount("/#/a", answer), mount("/#/a", "bound", asked)] });
    expect(interpreter.bind(Dtab.empty, Path.parse("/#/a/b")).run.sample().status).toBe(status);
    expect(asked).toEqual([]);
  });

  it("comes back to an earlier namer when that has the name again, without letting go of the rest in between", () => {
    const first = Var.mutable<State<NameTree<Name>>>(State.ok(NameTree.neg));
    const interpreter = createInterpreter({ namers: [mount("/#/a", Activity.of(first)), mount("/#/a", "bound")] });
    const seen: string[] = [];
    const show = (state: State<NameTree<BoundName>>) =>
      state.status === "ok" ? leafOf(state).id.show() : state.status;
    const observation = interpreter
      .bind(Dtab.empty, Path.parse("/#/a/b"))
      .run.observe((state) => seen.push(show(state)));
    first.update(State.ok(NameTree.leaf(Name.bound(Path.parse("/first"), Path.empty, addrs))));
    first.update(State.pending);
    first.update(State.ok(NameTree.neg));
    observation.close();
    expect(seen).toEqual(["/#/a/b", "/first", "pending", "/#/a/b"]);
  });

  it("fails over while an id is unusable, and back", () => {
    const interpreter = createInterpreter({ namers: [mount("/#/n", "bound")] });
    const alive = Var.mutable(true);
    const usable = (id: Path): Var<boolean> => (id.show() === "/#/n/a" ? alive : Var.value(true));
    const seen: string[] = [];
    const binding = interpreter.bind(Dtab.parse("/svc => /#/n/a | /#/n/b"), Path.parse("/svc"), { usable });
    const observation = binding.run.observe((state) => seen.push(leafOf(state).id.show()));
    for (const is of [true, false, false, true]) alive.update(is);
    observation.close();
    expect(seen).toEqual(["/#/n/a", "/#/n/b", "/#/n/a"]);
  });

  it("answers kinds that it was given before its own", () => {
    const extra = [{ kind: "inet", namer: mount("/mine", "bound").namer }];
    const leaf = leafOf(createInterpreter({ extra }).bind(Dtab.empty, Path.parse("/$/inet/a")).run.sample());
    expect(leaf.id.show()).toBe("/mine/a");
  });
});

describe("withLiveDtab", () => {
  it("puts its own entries before those of the request, whichever change", () => {
    const own = Var.mutable<State<Dtab>>(State.pending);
    const interpreter = withLiveDtab(createInterpreter({ namers: [mount("/#/n", "bound")] }), Activity.of(own));
    const seen: string[] = [];
    const binding = interpreter.bind(Dtab.parse("/b => /#/n/local"), Path.parse("/svc"));
    const show = (state: State<NameTree<BoundName>>) =>
      state.status === "ok" ? leafOf(state).id.show() : state.status;
    const observation = binding.run.observe((state) => seen.push(show(state)));
    own.update(State.ok(Dtab.parse("/b => /#/n/own ; /svc => /a ; /a => /#/n/a")));
    own.update(State.ok(Dtab.parse("/b => /#/n/own ; /svc => /b")));
    observation.close();
    expect(seen).toEqual(["pending", "/#/n/a", "/#/n/local"]);
  });

  it("explains with the same entries", async () => {
    const interpreter = withLiveDtab(createInterpreter(), Activity.value(Dtab.parse("/svc => /$/fail")));
    expect(await interpreter.delegate(Dtab.empty, Path.parse("/svc"))).toMatchObject({
      type: "delegate",
      delegate: { type: "fail" },
    });
  });
});
