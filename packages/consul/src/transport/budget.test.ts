import { setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HurriedClock } from "../../test-support/hurried-clock.js";
import { createTransport } from "./create-transport.js";
import { parameter } from "./query.js";
import type { ConsulTransport } from "./transport.js";
import { durationMs } from "./wait.js";

/** As Consul's http_max_conns_per_client by default. */
const LIMIT = 200;
const SAID = "Your IP is issuing too many concurrent connections, please rate limit your calls\n";
/** An agent that holds blocking queries for as long as they ask, and resets the connections beyond its limit. */
class LimitedAgent {
  readonly server: Server;
  open = 0;
  mostOpen = 0;
  resets = 0;
  parked = 0;
  index = 7;
  limit = LIMIT;
  /** As newer Consuls do: beyond the limit a 429 that nobody has asked for, and the end of the connection. */
  says = false;
  #wake = new Set<() => void>();
  #sockets = new Set<Socket>();

  constructor(clock: HurriedClock) {
    this.server = createServer(({ url = "" }, response) => {
      const answer = (): void => {
        response.setHeader("x-consul-index", String(this.index));
        response.end(JSON.stringify(url));
      };
      const wait = durationMs(parameter(url, "wait") ?? "");
      if (parameter(url, "index") !== String(this.index) || wait === undefined) {
        answer();
        return;
      }
      this.parked++;
      const done = (): void => {
        clearTimeout(timer);
        this.#wake.delete(wake);
        response.off("close", done);
        this.parked--;
      };
      const wake = (): void => {
        done();
        answer();
      };
      const timer = setTimeout(wake, (wait * 17) / 16 / clock.times);
      this.#wake.add(wake);
      response.on("close", done);
    });
    this.server.on("connection", (socket) => {
      this.mostOpen = Math.max(this.mostOpen, ++this.open);
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.open--;
        this.#sockets.delete(socket);
      });
      if (this.open <= this.limit) return;
      this.resets++;
      if (this.says)
        socket.end(
          `HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: ${SAID.length}\r\n\r\n${SAID}`,
        );
      else socket.resetAndDestroy();
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", 4_096, resolve));
    return (this.server.address() as AddressInfo).port;
  }

  change(): void {
    this.index++;
    for (const wake of [...this.#wake]) wake();
  }

  /** As when it ends. */
  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let clock: HurriedClock;
let agent: LimitedAgent;
let transport: ConsulTransport;
let stop: AbortController;
let warnings: unknown[];

beforeEach(async () => {
  clock = new HurriedClock();
  agent = new LimitedAgent(clock);
  const port = await agent.listen();
  stop = new AbortController();
  setMaxListeners(0, stop.signal);
  warnings = [];
  const log = { ...testEnv().log, warn: (fields: unknown, text: unknown) => warnings.push([fields, text]) } as never;
  transport = createTransport({ host: "127.0.0.1", port }, { ...testEnv(), clock, log });
});
afterEach(async () => {
  stop.abort();
  transport.close();
  await agent.close();
});

/** Watches a name as the namer does: at once, and then parked again and again. */
async function watch(name: number, served: number[], failures: unknown[]): Promise<void> {
  const { signal } = stop;
  transport.hold(signal);
  let known: { index: string; epoch: number } | undefined;
  while (!signal.aborted) {
    const wait = transport.waitMs();
    const query = known === undefined ? `/v1/a?name=${name}` : `/v1/a?name=${name}&index=${known.index}&wait=${wait}ms`;
    const more = known === undefined ? {} : { blocking: true, epoch: known.epoch };
    try {
      const answer = await transport.get(query, { signal, deadlineMs: 600_000, ...more });
      if (known !== undefined) served[name] = (served[name] ?? 0) + 1;
      known = { index: answer.index ?? "", epoch: answer.epoch };
    } catch (thrown) {
      if (signal.aborted) return;
      failures.push(thrown);
      known = undefined;
      await systemClock.sleep(20);
    }
  }
}

function start(names: number) {
  const served: number[] = Array.from({ length: names }, () => 0);
  const failures: unknown[] = [];
  for (let name = 0; name < names; name++) void watch(name, served, failures);
  return { served, failures };
}

describe("the budget of connections", () => {
  it("300 names, an agent that resets beyond 200 connections: never more than 128, nothing is reset, everybody is served", async () => {
    const { served, failures } = start(300);
    await until(() => agent.parked === 120, { timeoutMs: 20_000 });
    clock.hurry();
    await until(() => served.every((times) => times >= 2), { timeoutMs: 20_000 });
    expect([agent.resets, failures]).toEqual([0, []]);
    expect(agent.mostOpen).toBeLessThanOrEqual(128);
    expect(agent.mostOpen).toBeGreaterThan(110);
    expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(2);
  }, 30_000);

  it("2,000 names: all of them in turn, and a short request beside them at once", async () => {
    const { served, failures } = start(2_000);
    await until(() => transport.state().waiting === 1_880, { timeoutMs: 20_000 });
    clock.hurry();
    await until(() => served.every((times) => times >= 1), { timeoutMs: 40_000 });
    expect(transport.state()).toMatchObject({ slots: 120, parked: 120, waitMs: 1_000 });
    expect(transport.state().waiting).toBeGreaterThan(1_500);
    // Everybody once before anybody thrice: no one is passed over.
    expect(Math.max(...served)).toBeLessThanOrEqual(2);
    // While 120 are parked there are connections left: it does not wait for a turn of theirs.
    const parked = served.reduce((sum, times) => sum + times, 0);
    await transport.get("/v1/agent/self", { signal: stop.signal, deadlineMs: 100_000 });
    expect(served.reduce((sum, times) => sum + times, 0) - parked).toBeLessThan(240);
    agent.change();
    const before = [...served];
    await until(() => served.every((times, name) => times > (before[name] ?? 0)), { timeoutMs: 40_000 });
    expect([agent.resets, failures]).toEqual([0, []]);
    expect(agent.mostOpen).toBeLessThanOrEqual(128);
    stop.abort();
    await until(() => agent.parked === 0 && agent.open === 0);
    expect(transport.state()).toMatchObject({ parked: 0, waiting: 0 });
  }, 120_000);

  it("an agent with a lower limit is not run into again and again: there are fewer connections for a while, and then more again", async () => {
    agent.limit = 50;
    const { served } = start(300);
    const ours = () => transport.state().agents[0];
    await until(() => (ours()?.connections ?? 0) <= 50, { timeoutMs: 20_000 });
    // All of them have had their first answer.
    const settled = () => transport.state().waiting === 300 - transport.state().slots;
    await until(() => settled() && agent.parked === transport.state().slots, { timeoutMs: 20_000 });
    expect(transport.state().slots).toBeLessThan(50);
    const { resets } = agent;
    expect(ours()?.turnedAway).toBeGreaterThan(2);
    const before = [...served];
    await until(() => served.every((times, name) => times > (before[name] ?? 0)), { timeoutMs: 30_000 });
    // All 300 had their turn, and none of them was turned away.
    expect(agent.resets).toBe(resets);
    expect(warnings).toContainEqual([
      { agent: expect.stringContaining("127.0.0.1"), connections: ours()?.connections },
      expect.stringContaining("http_max_conns_per_client"),
    ]);
    agent.limit = LIMIT;
    clock.hurry(40);
    await until(() => ours()?.connections === 128, { timeoutMs: 40_000 });
    await until(() => agent.parked > 100, { timeoutMs: 20_000 });
    expect(transport.state().slots).toBe(120);
    stop.abort();
    await until(() => agent.parked === 0 && agent.open === 0);
  }, 120_000);

  it("nor one that says so: a 429 with Consul's words about connections", async () => {
    agent.limit = 50;
    agent.says = true;
    start(300);
    await until(() => transport.state().agents[0]?.connections !== 128, { timeoutMs: 20_000 });
    await until(() => transport.state().waiting === 300 - transport.state().slots, { timeoutMs: 20_000 });
    expect(transport.state().slots).toBeLessThan(50);
  }, 60_000);

  it("any other 429 is not about connections", async () => {
    agent.server.removeAllListeners("request");
    let refusals = 0;
    agent.server.on("request", ({ url }, response) => {
      if (url !== "/v1/slow") refusals++;
      if (url !== "/v1/slow") response.writeHead(429).end("rate limit exceeded");
    });
    const ask = (path: string) => transport.get(path, { signal: stop.signal, deadlineMs: 60_000 }).catch(() => {});
    for (let i = 0; i < 10; i++) void ask("/v1/slow");
    await until(() => agent.open === 10);
    await Promise.all(Array.from({ length: 20 }, () => ask("/v1/fast")));
    // Longer than it takes to judge.
    await clock.sleep(500);
    expect([refusals, transport.state().agents[0]?.turnedAway]).toEqual([20, 0]);
  });

  it("an agent that resets all connections is no agent with a limit", async () => {
    start(100);
    await until(() => agent.parked === 100, { timeoutMs: 20_000 });
    for (let i = 0; i < 3; i++) {
      agent.resetAll();
      await until(() => agent.parked === 0, { timeoutMs: 20_000 });
      await until(() => agent.parked === 100, { timeoutMs: 20_000 });
    }
    expect(transport.state()).toMatchObject({ slots: 120, agents: [{ connections: 128 }] });
  }, 60_000);

  it("room for all: each is parked for the whole wait, and let go of at once", async () => {
    start(100);
    await until(() => agent.parked === 100);
    expect(transport.waitMs()).toBe(60_000);
    stop.abort();
    await until(() => agent.parked === 0 && agent.open === 0);
  });
});
