import { setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
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
/** An agent that holds blocking queries for as long as they ask, and resets the connections beyond its limit. */
class LimitedAgent {
  readonly server: Server;
  open = 0;
  mostOpen = 0;
  resets = 0;
  parked = 0;
  index = 7;
  #wake = new Set<() => void>();

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
      socket.on("close", () => this.open--);
      if (this.open <= LIMIT) return;
      this.resets++;
      socket.resetAndDestroy();
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

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let clock: HurriedClock;
let agent: LimitedAgent;
let transport: ConsulTransport;
let stop: AbortController;

beforeEach(async () => {
  clock = new HurriedClock();
  agent = new LimitedAgent(clock);
  const port = await agent.listen();
  stop = new AbortController();
  setMaxListeners(0, stop.signal);
  transport = createTransport({ host: "127.0.0.1", port }, { ...testEnv(), clock });
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

  it("room for all: each is parked for the whole wait, and let go of at once", async () => {
    start(100);
    await until(() => agent.parked === 100);
    expect(transport.waitMs()).toBe(60_000);
    stop.abort();
    await until(() => agent.parked === 0 && agent.open === 0);
  });
});
