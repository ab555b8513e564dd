import { describe, expect, it } from "vitest";
import { client, type Kind, kinds, oneName } from "../../test-support/both-kinds.js";
import type { InetResolver } from "../binding/namer.js";
import { NamerError } from "../errors.js";
import { Addr, address, hostAddress } from "../names/addr.js";
import { Path } from "../names/path.js";
import { type MutableVar, Var } from "../values/var.js";
import type { Found } from "./found.js";
import { testEnv } from "./test-env.js";

/** A resolver whose hosts a test sets; it writes down each beginning and end of a lookup. */
function fakeDns() {
  const hosts = new Map<string, MutableVar<Addr>>();
  const journal: string[] = [];
  const host = (name: string): MutableVar<Addr> => {
    const known = hosts.get(name) ?? Var.mutable<Addr>(Addr.pending);
    hosts.set(name, known);
    return known;
  };
  // As the real one: another Var for each call, and one lookup for all that are observed.
  const observers = new Map<string, number>();
  const asked: string[] = [];
  const inet: InetResolver = (name, port) => {
    asked.push(name);
    if (name === "throws") throw new Error("no resolver");
    return Var.async<Addr>(Addr.pending, (set, signal) => {
      const before = observers.get(name) ?? 0;
      observers.set(name, before + 1);
      if (before === 0) journal.push(`+${name}`);
      const observation = host(name).observe((addr) =>
        set(addr.type === "bound" ? Addr.bound(addr.addresses.map(({ ip }) => address(ip, port))) : addr),
      );
      signal.addEventListener("abort", () => {
        observation.close();
        const left = (observers.get(name) ?? 0) - 1;
        observers.set(name, left);
        if (left === 0) journal.push(`-${name}`);
      });
    });
  };
  return { host, inet, journal, asked };
}

const ips = (...list: string[]): Addr => Addr.bound(list.map((ip) => address(ip, 1)));
const down = Addr.failed(new NamerError("NAMER_UNAVAILABLE", "no name server"));

function setUp(kind: Kind, { without = false } = {}) {
  const dns = fakeDns();
  const env = { ...testEnv(), ...(without ? {} : { inet: dns.inet }) };
  const { namer, script } = oneName(kind, env);
  const answer = async (found: Found): Promise<void> => {
    script.last.yield(found);
    await env.clock.advance(1_000);
  };
  return { ...env, ...dns, namer, script, answer };
}

describe.each(kinds)("%s: host names among addresses", (kind) => {
  it("shows the literal addresses and all that the hosts resolve to, each with what the catalogue says of it", async () => {
    const { namer, answer, host } = setUp(kind);
    host("a.test").update(ips("192.0.2.1", "192.0.2.2"));
    host("b.test").update(ips("192.0.2.2", "192.0.2.9"));
    const web = client(namer);
    await answer([
      address("192.0.2.9", 80),
      hostAddress("a.test", 80, { weight: 3, meta: { zone: "x" } }),
      hostAddress("b.test", 80),
      hostAddress("b.test", 81),
    ]);
    expect(web.addrs).toEqual(["192.0.2.9:80*1 192.0.2.1:80*3x 192.0.2.2:80*3x 192.0.2.2:81*1 192.0.2.9:81*1"]);
    expect(web.tree).toEqual(["pending", "leaf"]);
  });

  it("moves only the inner Var when a host does", async () => {
    const { namer, answer, host } = setUp(kind);
    const web = client(namer);
    host("a.test").update(ips("192.0.2.1"));
    await answer([hostAddress("a.test", 80), hostAddress("b.test", 80)]);
    host("b.test").update(ips("192.0.2.5"));
    host("a.test").update(ips("192.0.2.2"));
    host("b.test").update(Addr.neg);
    host("b.test").update(ips("192.0.2.6"));
    expect(web.tree).toEqual(["pending", "leaf"]);
    expect(web.addrs).toEqual([
      "192.0.2.1:80*1",
      "192.0.2.1:80*1 192.0.2.5:80*1",
      "192.0.2.2:80*1 192.0.2.5:80*1",
      "192.0.2.2:80*1",
      "192.0.2.2:80*1 192.0.2.6:80*1",
    ]);
  });

  it("is pending as long as something may come, then failed, and Neg only when no host is known", async () => {
    const { namer, answer, host } = setUp(kind);
    const web = client(namer);
    host("b.test").update(down);
    await answer([hostAddress("a.test", 80), hostAddress("b.test", 80)]);
    expect(web.tree).toEqual(["pending"]);
    host("a.test").update(Addr.neg);
    expect(web.tree).toEqual(["pending", "NAMER_UNAVAILABLE"]);
    host("b.test").update(Addr.neg);
    expect(web.tree.at(-1)).toBe("neg");
    host("b.test").update(ips("192.0.2.1"));
    expect([web.tree.at(-1), web.addrs]).toEqual(["leaf", ["192.0.2.1:80*1"]]);
    host("b.test").update(Addr.pending);
    expect([web.tree.at(-1), web.addrs]).toEqual(["leaf", ["192.0.2.1:80*1"]]);
  });

  it("keeps the lookups of hosts that a new list still has, and ends all with the last observer", async () => {
    const { namer, answer, host, journal, asked, clock } = setUp(kind);
    for (const name of ["a.test", "b.test", "c.test"]) host(name).update(ips("192.0.2.1"));
    const web = client(namer);
    const another = client(namer);
    await answer([hostAddress("a.test", 80), hostAddress("b.test", 80)]);
    await answer([hostAddress("c.test", 80), hostAddress("a.test", 80, { weight: 2 })]);
    expect(journal).toEqual(["+a.test", "+b.test", "+c.test", "-b.test"]);
    expect(asked).toEqual(["a.test", "b.test", "c.test"]);
    await answer([address("192.0.2.7", 80)]);
    expect([journal.slice(4).sort(), web.addrs.at(-1)]).toEqual([["-a.test", "-c.test"], "192.0.2.7:80*1"]);
    await answer([hostAddress("a.test", 80)]);
    web.close();
    expect(journal.at(-1)).toBe("+a.test");
    another.close();
    expect(journal.at(-1)).toBe("-a.test");
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it("keeps the last addresses while a new list of hosts is looked up for the first time", async () => {
    const { namer, answer, host } = setUp(kind);
    const web = client(namer);
    await answer([address("192.0.2.7", 80)]);
    await answer([hostAddress("a.test", 80)]);
    expect([web.tree, web.addrs]).toEqual([["pending", "leaf"], ["192.0.2.7:80*1"]]);
    if (kind === "watchEach")
      expect(namer.state?.()).toMatchObject({ "/web": { state: { addrs: [{ ip: "192.0.2.7" }] } } });
    host("a.test").update(ips("192.0.2.8"));
    expect([web.tree, web.addrs.at(-1)]).toEqual([["pending", "leaf"], "192.0.2.8:80*1"]);
  });

  it("takes the same list in another order for no change", async () => {
    const { namer, answer, host, metrics } = setUp(kind);
    host("a.test").update(ips("192.0.2.1"));
    const web = client(namer);
    const [a, b] = [hostAddress("a.test", 80, { meta: { zone: "x" } }), address("192.0.2.2", 80)];
    await answer([a, b]);
    await answer([b, { ...a }]);
    expect(web.addrs).toEqual(["192.0.2.2:80*1 192.0.2.1:80*1x"]);
    if (kind === "watchEach") expect(metrics.snapshot()).toMatchObject({ updates: 1, unchanged: 1, addresses: 2 });
  });

  it("takes a resolver that throws for a failure", async () => {
    const { namer, answer } = setUp(kind);
    const web = client(namer);
    await answer([hostAddress("throws", 80)]);
    expect(web.tree).toEqual(["pending", "BIND_THREW"]);
  });

  it("leaves them out where the program resolves none, and says so when nothing else is there", async () => {
    const { namer, answer, metrics } = setUp(kind, { without: true });
    const web = client(namer);
    await answer([hostAddress("a.test", 80), address("192.0.2.1", 80)]);
    expect([web.addrs, metrics.snapshot().skipped]).toEqual([["192.0.2.1:80*1"], 1]);
    const another = setUp(kind, { without: true });
    const states: unknown[] = [];
    another.namer.lookup(Path.parse("/web")).run.observe((state) => states.push(state));
    await another.answer([hostAddress("a.test", 80)]);
    expect(states.at(-1)).toMatchObject({
      status: "failed",
      error: { code: "NAMER_ANSWER", message: expect.stringMatching(/host names, and this program resolves none/) },
    });
  });
});
