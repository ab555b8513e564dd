import { Addr, address, type BoundName, type MutableVar, Name, NameTree, Path, Var } from "@namerkit/core";
import { ManualClock, testEnv } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { keptAddresses } from "./kept-addresses.js";
import { localhostPlugin } from "./localhost.js";
import { type Interfaces, ownIps } from "./own-ips.js";
import { specificHostPlugin } from "./specific-host.js";

const prefix = Path.parse("/%/io.l5d.test");
const id = Path.parse("/#/io.l5d.fs/web");
const residual = Path.parse("/rest");

/** The one leaf after a transformer, and what its addresses were. */
async function through(transformer: ReturnType<typeof keptAddresses>, addr: Var<Addr>) {
  const tree = await transformer.transform(NameTree.leaf(Name.bound(id, residual, addr) as BoundName)).toPromise();
  const [leaf] = NameTree.leaves(tree) as readonly BoundName[];
  const seen: string[] = [];
  const handle = (leaf as BoundName).addr.observe((now) => {
    seen.push(now.type === "bound" ? now.addresses.map(({ ip }) => ip).join(" ") : now.type);
  });
  return { leaf: leaf as BoundName, seen, [Symbol.dispose]: () => handle.close() };
}
const bound = (...ips: string[]): MutableVar<Addr> => Var.mutable(Addr.bound(ips.map((ip) => address(ip, 80))));
const env = {
  ...testEnv(),
  prefix,
  bind: () => {
    throw new Error("nothing is bound here");
  },
};

describe("io.l5d.specificHost [parity: transformers]", () => {
  const check = async (options: unknown) => await specificHostPlugin.config?.["~standard"].validate(options);

  it("keeps the addresses of one host, whatever the port and the spelling", async () => {
    const transformer = specificHostPlugin.create({ host: "::1" }, env);
    using kept = await through(transformer, bound("10.0.0.1", "::1", "0:0:0::1", "::2"));
    expect(kept.seen).toEqual(["::1 0:0:0::1"]);
    expect(kept.leaf.id.show()).toBe("/%/io.l5d.test/#/io.l5d.fs/web");
    expect(kept.leaf.residual.show()).toBe("/rest");
  });

  it("knows an IPv4 address that is mapped into IPv6", async () => {
    using kept = await through(
      specificHostPlugin.create({ host: "10.0.0.1" }, env),
      bound("::ffff:10.0.0.1", "10.0.0.2"),
    );
    expect(kept.seen).toEqual(["::ffff:10.0.0.1"]);
  });

  it("makes an address that is not there Neg inside of the leaf, and follows", async () => {
    const addr = bound("10.0.0.2");
    using kept = await through(specificHostPlugin.create({ host: "10.0.0.1" }, env), addr);
    addr.update(Addr.bound([address("10.0.0.1", 80), address("10.0.0.2", 80)], { authority: "web" }));
    addr.update(Addr.pending);
    addr.update(Addr.neg);
    expect(kept.seen).toEqual(["neg", "10.0.0.1", "pending", "neg"]);
  });

  it.each([{}, { host: "web" }, { host: "fe80::1%eth0" }, { host: 7 }, { host: "10.0.0.1", port: 1 }])(
    "refuses %j",
    async (options) => {
      expect((await check(options))?.issues).toHaveLength(1);
    },
  );

  it("takes an address", async () => {
    expect((await check({ host: "10.0.0.1" }))?.issues).toBeUndefined();
  });
});

describe("io.l5d.localhost [parity: transformers]", () => {
  it("keeps the loopback address", async () => {
    using kept = await through(
      localhostPlugin.create(undefined, { ...env, clock: new ManualClock() }),
      bound("127.0.0.1", "203.0.113.7"),
    );
    expect(kept.seen).toEqual(["127.0.0.1"]);
  });

  it("follows interfaces as they come and go, while somebody observes", async () => {
    const clock = new ManualClock();
    let ips = ["127.0.0.1"];
    let looks = 0;
    const interfaces = (() => {
      looks++;
      return { eth0: ips.map((ip) => ({ address: ip })) };
    }) as unknown as Interfaces;
    const transformer = keptAddresses(prefix, ownIps(clock, interfaces));
    const kept = await through(transformer, bound("10.0.0.1", "fe80::1", "127.0.0.1"));
    await clock.advance(30_000);
    ips = ["127.0.0.1", "fe80::1%eth0"];
    await clock.advance(10_000);
    ips = [];
    await clock.advance(10_000);
    expect(kept.seen).toEqual(["127.0.0.1", "fe80::1 127.0.0.1", "neg"]);
    kept[Symbol.dispose]();
    const before = looks;
    await clock.advance(60_000);
    expect(looks).toBe(before);
    expect(clock.pending).toBe(0);
  });
});
