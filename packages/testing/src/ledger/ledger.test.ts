import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { Activity, Addr, address, Name, type Namer, NameTree, Path, State, Var } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { createLedger, type Ledger } from "./ledger.js";

let ledger: Ledger;
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
  ledger = createLedger({ clock });
});
afterEach(() => ledger.close());

const texts = (of = ledger): string[] => of.open.map(({ text }) => text);

describe("timers", () => {
  it("are open until they have fired or are closed", async () => {
    const leaky = (): void => void ledger.clock.after(1_000, () => {});
    leaky();
    const closed = ledger.clock.after(2_000, () => {});
    await clock.advance(400);
    expect(texts()).toEqual(["timer of 1000 ms, due in 600 ms", "timer of 2000 ms, due in 1600 ms"]);
    expect(ledger.open[0]?.kind).toBe("timer");
    expect(ledger.open[0]?.opener.split("\n")[0]).toMatch(/^at leaky .*ledger\.test\.ts/);
    expect(ledger.open[0]?.opener).not.toMatch(/node:|watched-clock/);
    closed.close();
    expect(texts()).toHaveLength(1);
    await clock.advance(600);
    ledger.assertEmpty();
  });

  it("are not open any more while they fire, and those that are never due are not opened", async () => {
    let inside: number | undefined;
    ledger.clock.after(10, () => {
      inside = ledger.open.length;
    });
    ledger.clock.after(Number.POSITIVE_INFINITY, () => {});
    await clock.advance(10);
    expect(inside).toBe(0);
  });

  it("tell the time of the clock underneath", async () => {
    await clock.advance(70);
    expect([ledger.clock.now(), ledger.clock.wall()]).toEqual([clock.now(), clock.wall()]);
  });
});

describe("sleeps", () => {
  it("are open until they are over", async () => {
    async function sleeper(): Promise<void> {
      await ledger.clock.sleep(500);
    }
    const over = sleeper();
    expect(texts()).toEqual(["sleep of 500 ms, due in 500 ms"]);
    expect(ledger.open[0]?.opener).toMatch(/^at sleeper /);
    await clock.advance(500);
    await over;
    ledger.assertEmpty();
  });

  it("are over as soon as they are aborted, not a moment later", async () => {
    const controller = new AbortController();
    const sleep = ledger.clock.sleep(500, controller.signal);
    controller.abort(new Error("enough"));
    ledger.assertEmpty();
    await expect(sleep).rejects.toThrow("enough");
    await expect(ledger.clock.sleep(1, controller.signal)).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });
});

describe("observers", () => {
  it("are open from observing to closing, through derived Vars too", () => {
    const source = Var.mutable(1);
    const watched = ledger.var(source, "the count");
    const seen: number[] = [];
    function observe() {
      return watched.map((n) => n * 10).observe((n) => seen.push(n));
    }
    const first = observe();
    const second = watched.observe(() => {});
    expect(texts()).toEqual(["observer of the count", "observer of the count"]);
    expect(ledger.open[0]?.opener).toMatch(/at observe .*ledger\.test\.ts/);
    source.update(2);
    source.update(2);
    expect(seen).toEqual([10, 20, 20]);
    expect(watched.sample()).toBe(2);
    first.close();
    first.close();
    expect(texts()).toHaveLength(1);
    second.close();
    ledger.assertEmpty();
  });

  it("that could not be told the first value are not open", () => {
    const broken = ledger.var(
      Var.value(1).map((): number => {
        throw new Error("no value");
      }),
    );
    expect(() => broken.observe(() => {})).toThrow("no value");
    ledger.assertEmpty();
  });

  it("do not change what an Activity says", async () => {
    const run = Var.mutable<State<number>>(State.pending);
    const watched = ledger.activity(Activity.of(run), "the answer");
    const promise = watched.toPromise();
    expect(texts()).toEqual(["observer of the answer"]);
    run.update(State.ok(42));
    await expect(promise).resolves.toBe(42);
    ledger.assertEmpty();
  });

  it("of a namer are told by name; the inner Var stays one for life", () => {
    const addr = Var.mutable<Addr>(Addr.bound([address("10.0.0.1", 80)]));
    const run = Var.mutable(State.ok(NameTree.leaf<Name>(Name.bound(Path.parse("/#/x/web"), Path.empty, addr))));
    const namer: Namer = { lookup: () => Activity.of(run), state: () => "fine" };
    const watched = ledger.namer(namer);
    const inner: Var<Addr>[] = [];
    const outer = watched.lookup(Path.parse("/web")).run.observe((state) => {
      if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
      inner.push(state.value.value.addr);
    });
    run.update(run.sample());
    expect(inner).toHaveLength(2);
    expect(inner[0]).toBe(inner[1]);
    const observer = inner[0]?.observe(() => {});
    expect(texts()).toEqual(["observer of the tree of /web", "observer of the addresses of /#/x/web"]);
    expect(watched.state?.()).toBe("fine");
    expect(watched.statusOf).toBeUndefined();
    outer.close();
    observer?.close();
    ledger.assertEmpty();
  });
});

describe("sockets", () => {
  let server: FaultyServer;
  beforeEach(async () => {
    server = await faultyServer("ok");
  });
  afterEach(() => server.close());

  it("are open from connecting to having closed, whoever opened them", async () => {
    function opener() {
      return connect(server.port, "127.0.0.1");
    }
    const socket = opener();
    expect(texts()).toEqual(["socket still connecting"]);
    await once(socket, "connect");
    expect(texts()).toEqual([`socket to 127.0.0.1:${server.port}`]);
    expect(ledger.open[0]?.opener).toMatch(/^at opener .*ledger\.test\.ts/);
    socket.destroy();
    expect(texts()).toHaveLength(1);
    await ledger.drained();
    ledger.assertEmpty();
  });

  it("of fetch are told by whoever fetched", async () => {
    async function fetcher(): Promise<string> {
      return (await fetch(server.url, { headers: { connection: "close" } })).text();
    }
    const answer = fetcher();
    expect(ledger.open[0]?.opener).toMatch(/^at fetcher /);
    await answer;
    await ledger.drained();
  });

  it("that stay open make `drained` say so", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    await expect(ledger.drained({ timeoutMs: 20 })).rejects.toMatchObject({
      code: "TESTING_LEAK",
      message: expect.stringMatching(
        /^1 thing is still open after 20 ms:\n- socket to 127\.0\.0\.1:\d+, opened\n {4}at /,
      ),
    });
    socket.destroy();
    await ledger.drained();
  });

  it("are not looked at after closing", async () => {
    ledger.close();
    const socket = connect(server.port, "127.0.0.1");
    ledger.assertEmpty();
    socket.destroy();
    await once(socket, "close");
  });

  describe("of several ledgers at once", () => {
    let other: Ledger;
    beforeEach(() => {
      other = createLedger({ clock });
    });
    afterEach(() => other.close());

    const get = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const call = request({ port: server.port, host: "127.0.0.1", agent: false }, (answer) => {
          answer.resume().once("close", () => resolve());
        });
        call.once("error", reject);
        call.end();
      });

    it("are those of the ledger in whose `run` they were opened, also after an await", async () => {
      let counts: number[] = [];
      await other.run(async () => {
        await clock.advance(1);
        const done = get();
        counts = [ledger.open.length, other.open.length];
        await done;
      });
      expect(counts).toEqual([0, 1]);
      await other.drained();
    });

    it("are those of the ledger whose clock or Var set it off", async () => {
      const counts: number[][] = [];
      const look = (): void => {
        const done = get();
        counts.push([ledger.open, other.open].map((open) => open.filter(({ kind }) => kind === "socket").length));
        void done;
      };
      other.clock.after(5, look);
      await clock.advance(5);
      await other.drained();
      ledger
        .var(Var.async(0, look))
        .observe(() => {})
        .close();
      await ledger.drained();
      expect(counts).toEqual([
        [0, 1],
        [1, 0],
      ]);
    });

    it("are everybody's when nobody says whose, except where only its own are wanted", async () => {
      using own = createLedger({ sockets: "own" });
      const socket = connect(server.port, "127.0.0.1");
      expect([ledger, other, own].map((one) => one.open.length)).toEqual([1, 1, 0]);
      socket.destroy();
      await ledger.drained();
    });
  });
});

describe("what is still open", () => {
  it("is listed, the same from the same place once", () => {
    for (let i = 0; i < 3; i++) ledger.clock.after(1_000, () => {});
    ledger.var(Var.mutable(1), "/web").observe(() => {});
    expect(() => ledger.assertEmpty()).toThrow(
      expect.objectContaining({
        code: "TESTING_LEAK",
        message: expect.stringMatching(
          /^4 things are still open:\n- 3 times timer of 1000 ms, due in 1000 ms, opened\n {4}at .*ledger\.test\.ts[\s\S]*\n- observer of \/web, opened\n {4}at /,
        ),
      }),
    );
  });

  it("is not listed without end", () => {
    for (let i = 1; i <= 100; i++) ledger.clock.after(i, () => {});
    expect(() => ledger.assertEmpty()).toThrow(/100 things are[\s\S]*and more from 80 other places/);
  });
});
