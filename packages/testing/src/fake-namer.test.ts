import { type Addr, address, createInterpreter, Dtab, NamerError, Path, type Var } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { FakeNamer } from "./fake-namer.js";

const one = address("10.0.0.1", 80);
const two = address("10.0.0.2", 80);

/** What an observer of both levels is told, in order. */
function follow(namer: FakeNamer, path = "/web") {
  const told: string[] = [];
  const inner = new Set<Var<Addr>>();
  const tree = namer.lookup(Path.parse(path)).run.observe((state) => {
    if (state.status !== "ok") told.push(state.status);
    else if (state.value.type !== "leaf") told.push(state.value.type);
    else if (state.value.value.type === "bound") {
      const { id, residual, addr } = state.value.value;
      told.push(`${id.show()} ${residual.show()}`);
      inner.add(addr);
    }
  });
  const observeAddr = () =>
    [...inner][0]?.observe((addr) => {
      told.push(addr.type === "bound" ? addr.addresses.map(({ ip }) => ip).join(" ") : addr.type);
    });
  return { told, inner, tree, observeAddr };
}

describe("the two levels", () => {
  it("the tree moves with existence, the addresses with the addresses", () => {
    const namer = new FakeNamer();
    const { told, observeAddr } = follow(namer, "/web/v1");
    namer.set("/web", [one]);
    observeAddr();
    namer.set("/web", [one, two]);
    namer.set("/web", [two, one]);
    namer.set("/web", [two]);
    expect(told).toEqual(["neg", "/#/fake/web /v1", "10.0.0.1", "10.0.0.1 10.0.0.2", "10.0.0.2"]);
  });

  it("there is one inner Var for life, through going and coming back", () => {
    const namer = new FakeNamer();
    namer.set("/web", [one]);
    const { told, inner, observeAddr } = follow(namer);
    observeAddr();
    namer.set("/web", "neg");
    namer.set("/web", []);
    namer.set("/web", [two]);
    expect(told).toEqual(["/#/fake/web /", "10.0.0.1", "neg", "/#/fake/web /", "10.0.0.2"]);
    expect(inner.size).toBe(1);
    expect([...follow(namer).inner][0]).toBe([...inner][0]);
  });

  it("a failure is shown outside and keeps the addresses inside, unless it is final", () => {
    const namer = new FakeNamer();
    namer.set("/web", [one]);
    const { told, observeAddr } = follow(namer);
    observeAddr();
    namer.set("/web", "failed");
    namer.set("/web", new NamerError("NAMER_STALE", "too old", { final: true }));
    namer.set("/web", [one]);
    expect(told).toEqual(["/#/fake/web /", "10.0.0.1", "failed", "failed", "neg", "/#/fake/web /", "10.0.0.1"]);
  });

  it("pending before an answer is shown, after one it is not", () => {
    const namer = new FakeNamer({ otherwise: "pending" });
    const { told } = follow(namer);
    namer.set("/web", [one]);
    namer.set("/web", "pending");
    expect(told).toEqual(["pending", "/#/fake/web /"]);
  });

  it("metadata of the set goes along", () => {
    const namer = new FakeNamer();
    namer.set("/web", { addresses: [one], meta: { zone: "a" } });
    const { inner } = follow(namer);
    expect([...inner][0]?.sample()).toEqual({ type: "bound", addresses: [one], meta: { zone: "a" } });
  });
});

it("counts lookups and observers", () => {
  const namer = new FakeNamer();
  namer.set("/web", [one]);
  const first = follow(namer);
  const second = follow(namer, "/web/residual");
  const addr = first.observeAddr();
  follow(namer, "/other");
  expect([namer.lookups("/web"), namer.lookups()]).toEqual([2, 3]);
  expect(namer.observers("/web")).toEqual({ tree: 2, addr: 1 });
  expect(namer.observers()).toEqual({ tree: 3, addr: 1 });
  first.tree.close();
  second.tree.close();
  addr?.close();
  addr?.close();
  expect(namer.observers("/web")).toEqual({ tree: 0, addr: 0 });
  expect(namer.lookups("/web")).toBe(2);
});

it("works behind a dtab", async () => {
  const namer = new FakeNamer({ prefix: "/#/io.acme", segments: 2 });
  namer.set("/http/web", [one]);
  const interpreter = createInterpreter({ namers: [{ prefix: namer.prefix, namer }] });
  const dtab = Dtab.parse("/svc => /#/io.acme/http");
  const bound = interpreter.bind(dtab, Path.parse("/svc/web"));
  const tree = await bound.toPromise();
  expect(tree.type === "leaf" && tree.value.id.show()).toBe("/#/io.acme/http/web");
  expect(namer.observers()).toEqual({ tree: 0, addr: 0 });
});

it("a path that is too short to be a name is Neg, and cannot be set", () => {
  const namer = new FakeNamer({ segments: 2 });
  expect(follow(namer, "/web").told).toEqual(["neg"]);
  expect(namer.statusOf(Path.parse("/web")).sample()).toBeUndefined();
  expect(() => namer.set("/web", [one])).toThrow(expect.objectContaining({ code: "TESTING_FAKE_NAME" }));
  expect(() => namer.set("/a/b/c", [one])).toThrow(/\/a\/b\/c is no name here/);
});

it("says how fresh it is", async () => {
  const clock = new ManualClock({ wall: 0 });
  const namer = new FakeNamer({ clock, otherwise: "pending" });
  const status = namer.statusOf(Path.parse("/web"));
  const states: (string | undefined)[] = [];
  status.observe((now) => states.push(now?.state));
  namer.set("/web", "failed");
  namer.set("/web", [one]);
  await clock.advance(1_000);
  namer.set("/web", "failed");
  await clock.advance(1_000);
  namer.set("/web", "failed");
  expect(states).toEqual(["connecting", "connecting", "live", "stale", "stale"]);
  expect(status.sample()).toMatchObject({
    firstContactAt: "1970-01-01T00:00:00.000Z",
    staleSince: "1970-01-01T00:00:01.000Z",
    lastError: { code: "NAMER_UNAVAILABLE", at: "1970-01-01T00:00:02.000Z" },
  });
});

it("lists the names that have addresses, and tells what it was told", () => {
  const namer = new FakeNamer();
  const lists: string[][] = [];
  namer.enumerate().run.observe((state) => {
    if (state.status === "ok") lists.push(state.value.map((path) => path.show()));
  });
  namer.set("/web", [one]);
  namer.set("/web", [two]);
  namer.set("/api", "failed");
  namer.set("/db", "pending");
  namer.set("/web", "neg");
  expect(lists).toEqual([[], ["/web"], []]);
  expect(namer.state()).toEqual({
    "/web": { status: "ok", addr: { type: "neg" } },
    "/api": { status: "failed", code: "NAMER_UNAVAILABLE", message: "the fake namer was told to fail" },
    "/db": { status: "pending" },
  });
});
