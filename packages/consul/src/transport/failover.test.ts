import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import {
  answer,
  type Behaviour,
  type FaultyServer,
  faultyServer,
  hang,
  json,
  type SeenRequest,
  until,
} from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HurriedClock } from "../../test-support/hurried-clock.js";
import { createTransport } from "./create-transport.js";
import type { AskOptions, ConsulTransport } from "./transport.js";

let one: FaultyServer;
let two: FaultyServer;
let transport: ConsulTransport;
let env: ReturnType<typeof testEnv>;
const controller = () => new AbortController();

/** An agent of its own index, which holds blocking queries. */
const agent =
  (name: string, index: number) =>
  ({ url }: SeenRequest): Behaviour => {
    if (url.startsWith("/v1/status/leader")) return json("10.0.0.1:8300");
    if (url.includes(`index=${index}`)) return hang();
    return answer(JSON.stringify(name), { headers: { "x-consul-index": String(index) } });
  };

const ask = (path = "/v1/a", options: Partial<AskOptions> = {}) =>
  transport.get(path, { signal: controller().signal, deadlineMs: 5_000, ...options });
const who = async () => (await ask()).json();

function start(hosts: readonly string[] = [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`]): void {
  env = testEnv();
  transport = createTransport({ host: hosts }, { ...env, clock: systemClock });
}

beforeEach(async () => {
  one = await faultyServer(agent("one", 11));
  two = await faultyServer(agent("two", 22));
  start();
});
afterEach(async () => {
  transport.close();
  await one.close();
  await two.close();
});

describe("several agents", () => {
  it("are used in their order: the first while it works, the next at once when it does not", async () => {
    expect([await who(), await who()]).toEqual(["one", "one"]);
    expect(two.requestCount).toBe(0);
    await one.refuse();
    expect([await who(), await who()]).toEqual(["two", "two"]);
    expect(transport.state().agents).toEqual([
      {
        address: `http://127.0.0.1:${one.port}`,
        inUse: false,
        connections: 128,
        turnedAway: 0,
        failures: 1,
        lastError: expect.stringMatching(/ECONNREFUSED/),
      },
      { address: `http://127.0.0.1:${two.port}`, inUse: true, connections: 128, turnedAway: 0, failures: 0 },
    ]);
    expect(env.log.lines).toMatchObject([{ level: "warn", message: "another Consul agent is used" }]);
    expect(env.metrics.snapshot()).toMatchObject({ "transport/agent": 1, "transport/agent_changes": 1 });
    await one.revive();
    expect(await who()).toBe("two");
    await two.refuse();
    expect(await who()).toBe("one");
  });

  it.each<[string, Behaviour]>([
    ["no leader", answer("No cluster leader", { status: 500 })],
    ["no servers", answer("No known Consul servers", { status: 500 })],
    ["a gateway in front of nothing", answer("bad gateway", { status: 502 })],
  ])("%s: the next is asked at once", async (_, behaviour) => {
    one.behave(behaviour);
    expect(await who()).toBe("two");
    expect(one.requestCount).toBe(1);
  });

  it.each<[string, Behaviour, string]>([
    ["a datacenter that is unknown", answer("No path to datacenter", { status: 500 }), "NAMER_UNAVAILABLE"],
    ["a token that is not", answer("ACL not found", { status: 403 }), "NAMER_REFUSED"],
    ["too many requests", answer("slow down", { status: 429, headers: { "retry-after": "7" } }), "NAMER_UNAVAILABLE"],
    ["what is not there", answer("", { status: 404 }), "NAMER_ANSWER"],
  ])("%s is no reason to ask another", async (_, behaviour, code) => {
    one.behave(behaviour);
    for (let i = 0; i < 5; i++) await expect(ask()).rejects.toMatchObject({ code });
    expect([one.requestCount, two.requestCount]).toEqual([5, 0]);
  });

  it("a reset can happen; three in a row are too many", async () => {
    one.behave("reset");
    for (let i = 0; i < 3; i++) await expect(ask()).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE" });
    expect(await who()).toBe("two");
  });

  it("when none works: each is asked once, and what the last said is told", async () => {
    await ask();
    await one.refuse();
    two.behave(answer("No cluster leader", { status: 500 }));
    await expect(ask()).rejects.toThrow(/status 500: No cluster leader/);
    expect(two.requestCount).toBe(1);
    await one.revive();
    expect(await who()).toBe("one");
    expect(transport.state().epoch).toBe(1);
  });

  it("an index is not taken from one to another: the query goes without it, and is answered at once", async () => {
    const first = await ask();
    expect([first.index, first.epoch]).toEqual(["11", 1]);
    await one.refuse();
    const second = await ask("/v1/a?dc=x&index=11&wait=60s", { blocking: true, epoch: first.epoch });
    expect([second.index, second.epoch, second.json()]).toEqual(["22", 2, "two"]);
    expect(two.requests.map(({ url }) => url)).toEqual(["/v1/a?dc=x"]);
  });

  it("those who are parked at one that is no use any more begin anew at the next", async () => {
    const { epoch } = await ask();
    const parked = ask("/v1/a?index=11&wait=60s", { blocking: true, epoch, deadlineMs: 60_000 });
    await until(() => one.requestCount === 2);
    expect(transport.state()).toMatchObject({ parked: 1, waiting: 0 });
    // It still holds what it holds, and says of all else that it has no leader.
    one.behave(answer("No cluster leader", { status: 500 }));
    expect(await who()).toBe("two");
    expect((await parked).json()).toBe("two");
    await until(() => transport.state().parked === 0);
  });

  it("go back to the first when it has been well for a while, and leave parked what is parked", async () => {
    transport.close();
    const clock = new HurriedClock();
    env = testEnv();
    transport = createTransport({ host: [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`] }, { ...env, clock });
    const [holder, again] = [controller(), controller()];
    transport.hold(holder.signal);
    one.behave(({ url }) => (url === "/v1/status/leader" ? json("") : answer("No cluster leader", { status: 500 })));
    const { epoch } = await ask("/v1/a", { deadlineMs: 60_000 });
    const parked = ask("/v1/a?index=22", { blocking: true, epoch, deadlineMs: 600_000 });
    await until(() => two.requestCount === 2);
    clock.hurry(30);
    // Its probes are timed anew.
    holder.abort();
    transport.hold(again.signal);
    await until(() => one.requests.some(({ url }) => url === "/v1/status/leader"), { timeoutMs: 10_000 });
    one.behave(agent("one", 11));
    await until(() => transport.state().agents[0]?.inUse === true, { timeoutMs: 20_000 });
    expect(transport.state()).toMatchObject({ epoch: 3, parked: 1 });
    expect(two.openConnections).toBeGreaterThan(0);
    expect(env.log.lines.at(-1)).toMatchObject({ level: "info" });
    again.abort();
    transport.close();
    await expect(parked).rejects.toMatchObject({ code: "CLOSED" });
  }, 40_000);

  it("one may be a socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "namerkit-agent-"));
    const socket = join(folder, "consul.sock");
    const listening = createServer(({ headers }, response) => response.end(JSON.stringify(headers.host)));
    await new Promise<void>((resolve) => listening.listen(socket, resolve));
    transport.close();
    start([`unix://${socket}`, `127.0.0.1:${two.port}`]);
    expect([await who(), transport.state().agents[0]?.address]).toEqual(["localhost", `unix://${socket}`]);
    listening.closeAllConnections();
    await new Promise((resolve) => listening.close(resolve));
    expect(await who()).toBe("two");
    await rm(folder, { recursive: true });
  });
});
