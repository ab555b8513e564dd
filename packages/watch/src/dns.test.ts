import { Addr, address } from "@namerkit/core";
import { fixedRandom, ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { type DnsOptions, dnsResolver } from "./dns.js";

type Step = readonly string[] | string | "hang";

/** Answers by host, one step a lookup, the last one again and again: addresses, an error code, or nothing ever. */
function fakeDns(zone: Record<string, Step[]>, options: Partial<DnsOptions> = {}) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const lookup = async (host: string): Promise<readonly string[]> => {
    asked.push(`${host} ${clock.now()}`);
    const steps = zone[host] ?? ["ENOTFOUND"];
    const step = steps.length > 1 ? (steps.shift() as Step) : (steps[0] as Step);
    if (step === "hang") return new Promise(() => {});
    if (typeof step === "string") throw Object.assign(new Error(`getaddrinfo ${step} ${host}`), { code: step });
    return step;
  };
  const resolve = dnsResolver({ clock, random: fixedRandom(0.5), lookup, ...options });
  return { clock, asked, resolve };
}

const bound = (...ips: string[]) => Addr.bound(ips.map((ip) => address(ip, 80)));
const watching = (addr: ReturnType<ReturnType<typeof dnsResolver>>) => {
  const seen: Addr[] = [];
  const handle = addr.observe((value) => void seen.push(value));
  return { seen, close: () => handle.close() };
};

describe("dnsResolver [parity: host-names]", () => {
  it("looks up while observed, again every refreshMs, and says only what changes", async () => {
    const { clock, asked, resolve } = fakeDns({
      web: [["10.0.0.1"], ["10.0.0.1"], ["10.0.0.2", "10.0.0.1", "10.0.0.2"], ["10.0.0.1", "10.0.0.2"], []],
    });
    const addr = resolve("Web", 80);
    await clock.advance(10_000);
    expect(asked).toEqual([]);
    const { seen, close } = watching(addr);
    await clock.advance(15_000);
    expect(asked).toEqual(["web 10000", "web 15000", "web 20000", "web 25000"]);
    expect(seen).toEqual([Addr.pending, bound("10.0.0.1"), bound("10.0.0.2", "10.0.0.1")]);
    close();
    await clock.advance(60_000);
    expect(asked).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it("shares one lookup between observers and ports", async () => {
    const { clock, asked, resolve } = fakeDns({ web: [["10.0.0.1"]] });
    const [one, two, three] = [resolve("web", 80), resolve("web", 80), resolve("WEB", 8080)].map(watching);
    await clock.advance(0);
    expect(asked).toHaveLength(1);
    expect(three?.seen.at(-1)).toEqual(Addr.bound([address("10.0.0.1", 8080)]));
    one?.close();
    two?.close();
    await clock.advance(5_000);
    expect(asked).toHaveLength(2);
    three?.close();
    await clock.advance(60_000);
    expect([asked.length, clock.pending]).toEqual([2, 0]);
  });

  it.each(["ENOTFOUND", "ENODATA"])("%s at first is Neg, and asked again", async (code) => {
    const { clock, resolve } = fakeDns({ web: [code, ["10.0.0.1"]] });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(0);
    expect(seen.at(-1)).toEqual(Addr.neg);
    await clock.advance(5_000);
    expect(seen.at(-1)).toEqual(bound("10.0.0.1"));
    close();
  });

  it("another error at first is Failed, after trying again for a while", async () => {
    const { clock, asked, resolve } = fakeDns({ web: ["EAI_AGAIN"] });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(5_000);
    expect(seen.at(-1)).toMatchObject({
      type: "failed",
      error: {
        code: "NAMER_UNAVAILABLE",
        message: expect.stringContaining("DNS lookup of web: getaddrinfo EAI_AGAIN web"),
      },
    });
    expect(asked.length).toBeGreaterThan(2);
    close();
    expect(clock.pending).toBe(0);
  });

  it.each(["EAI_AGAIN", "ENOTFOUND", "hang"])("keeps the last good addresses through %s, and says so", async (step) => {
    const { clock, resolve } = fakeDns({ web: [["10.0.0.1"], step] });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(0);
    expect(resolve.statusOf("WEB")).toMatchObject({ state: "live", request: "DNS lookup of web" });
    await clock.advance(10_050);
    expect(seen).toEqual([Addr.pending, bound("10.0.0.1")]);
    expect(resolve.statusOf("web")).toMatchObject({ state: "stale", lastError: { code: "NAMER_UNAVAILABLE" } });
    close();
    expect(resolve.statusOf("web")).toBeUndefined();
  });

  it("gets over failures by itself", async () => {
    const { clock, resolve } = fakeDns({ web: [["10.0.0.1"], "EAI_AGAIN", "ENOTFOUND", ["10.0.0.2"]] });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(8_000);
    expect(seen.at(-1)).toEqual(bound("10.0.0.2"));
    expect(resolve.statusOf("web")).toMatchObject({ state: "live" });
    close();
  });

  it("does not ask again while a lookup hangs, however often it is wanted", async () => {
    const { clock, asked, resolve } = fakeDns({ web: ["hang"] });
    for (let i = 0; i < 3; i++) {
      const { close } = watching(resolve("web", 80));
      await clock.advance(20_000);
      close();
    }
    expect(asked).toEqual(["web 0"]);
    expect(clock.pending).toBe(0);
  });

  it("ignores what comes after it was closed, or too late", async () => {
    const clock = new ManualClock();
    const answers: ((ips: string[]) => void)[] = [];
    const failures: ((error: Error) => void)[] = [];
    const lookup = (): Promise<string[]> =>
      new Promise((resolve, reject) => {
        answers.push(resolve);
        failures.push(reject);
      });
    const resolve = dnsResolver({ clock, random: fixedRandom(0.5), lookup });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(5_000);
    expect(seen.at(-1)).toMatchObject({
      type: "failed",
      error: { message: expect.stringContaining("within 5000 ms") },
    });
    close();
    failures[0]?.(new Error("late"));
    await clock.advance(1_000);
    expect(seen.at(-1)?.type).toBe("failed");
    expect([answers.length, clock.pending]).toEqual([1, 0]);
  });

  it("drops what is no address, and addresses with a zone", async () => {
    const { clock, resolve } = fakeDns({ web: [["fe80::1%eth0", "nonsense", "::1"]] });
    const { seen, close } = watching(resolve("web", 80));
    await clock.advance(0);
    expect(seen.at(-1)).toEqual(bound("::1"));
    close();
  });

  it("bounds the names that are observed at once", async () => {
    const { clock, resolve } = fakeDns({ a: [["10.0.0.1"]], b: [["10.0.0.2"]] }, { maxNames: 1 });
    const a = watching(resolve("a", 80));
    const b = watching(resolve("b", 80));
    expect(b.seen).toMatchObject([{ type: "failed", error: { code: "NAMER_TOO_MANY_KEYS" } }]);
    await clock.advance(0);
    a.close();
    b.close();
    const again = watching(resolve("b", 80));
    await clock.advance(0);
    expect(again.seen.at(-1)).toEqual(bound("10.0.0.2"));
    again.close();
  });

  it("asks nobody about literals, nor about what cannot be a name or a port", () => {
    const { asked, resolve, clock } = fakeDns({});
    expect(resolve("127.1", 80).sample()).toEqual(bound("127.0.0.1"));
    expect(resolve("", 80).sample()).toEqual(bound("127.0.0.1"));
    expect(resolve("[::1]", 80).sample()).toEqual(bound("::1"));
    for (const host of ["1.2.3.4.5", "a b", "-x", "a\u001bb"]) {
      expect(resolve(host, 80).sample()).toMatchObject({ type: "failed", error: { code: "WATCH_HOST_INVALID" } });
    }
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
      expect(resolve("web", port).sample()).toMatchObject({ type: "failed", error: { code: "WATCH_PORT_INVALID" } });
    }
    expect([asked.length, clock.pending]).toEqual([0, 0]);
  });

  it("asks the operating system by default", async () => {
    const { systemClock } = await import("@namerkit/core");
    const resolve = dnsResolver({ clock: systemClock, random: Math.random });
    const settled = new Promise<Addr>((done) => {
      const handle = resolve("localhost", 80).observe((addr) => {
        if (addr.type !== "pending") {
          done(addr);
          queueMicrotask(() => handle.close());
        }
      });
    });
    expect(await settled).toMatchObject({ type: "bound" });
  });
});
