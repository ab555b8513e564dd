import { LogLevels, memoryMetrics, silentLog } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import type { RouterGeneration } from "../reload/generation.js";
import { PortFailure } from "../reload/ports.js";
import { SharedScopes } from "../reload/shared-scopes.js";
import { Crew } from "./crew.js";
import type { WorkerProcess } from "./member.js";
import type { FromWorker, PreparedJson, ToWorker } from "./messages.js";

/** A worker that says what a test has it say. */
class Scripted implements WorkerProcess {
  readonly pid = 1;
  readonly heard: ToWorker[] = [];
  killed = 0;
  #listener: (message: FromWorker) => void = () => {};
  #ended: (how: string) => void = () => {};

  send(message: ToWorker, sent?: () => void): void {
    this.heard.push(message);
    sent?.();
  }
  onMessage(listener: (message: FromWorker) => void): void {
    this.#listener = listener;
  }
  onEnd(listener: (how: string) => void): void {
    this.#ended = listener;
  }
  kill(): void {
    this.killed++;
    this.end("was ended by SIGKILL");
  }

  up(): void {
    this.say({ say: "news" });
  }
  say(message: FromWorker): void {
    this.#listener(message);
  }
  end(how: string): void {
    this.#ended(how);
  }
  /** Answers the last question to prepare. */
  prepared(answer: PreparedJson = { serving: [{ label: "http", host: "127.0.0.1", port: 4140 }] }): void {
    const asked = this.heard.filter((message) => message.say === "prepare").at(-1);
    this.say({ say: "prepared", turn: asked?.turn ?? 0, ...answer });
  }
  /** What it has been told, without the levels of loggers. */
  get told(): readonly string[] {
    return this.heard.map(({ say }) => say).filter((say) => say !== "levels");
  }
}

const generation = (number: number) =>
  ({ number, label: "http", plan: {}, mounted: [], router: { observers: [] } }) as unknown as RouterGeneration;

async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function setUp(count = 2) {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  const spawned: Scripted[] = [];
  const crew = new Crew(
    {
      count,
      spawn: () => {
        const process = new Scripted();
        spawned.push(process);
        return process;
      },
      describe: () => "plan",
    },
    new LogLevels(silentLog, "info"),
    { clock, random: () => 0.5, log: silentLog, metrics, scopes: new SharedScopes(metrics, clock) },
  );
  const edition = (...numbers: number[]) => ({ routers: numbers.map(generation), plan: { routers: [] } as never });
  const start = async () => {
    const preparing = crew.prepare(edition(1));
    for (const one of spawned) {
      one.up();
      one.prepared();
    }
    (await preparing).commit(1_000);
  };
  const at = (i: number): Scripted => {
    const found = spawned[i];
    if (found === undefined) throw new TypeError(`no worker ${i} has been started`);
    return found;
  };
  return { clock, metrics, crew, spawned, edition, start, at };
}

describe("a crew", () => {
  it("serves once all have prepared, and not before", async () => {
    const { crew, spawned, edition, at } = setUp();
    const preparing = crew.prepare(edition(1));
    expect(spawned.length).toBe(2);
    expect(at(0).heard).toEqual([]);
    at(0).up();
    at(0).prepared();
    await turn();
    expect(crew.accepting).toBe(false);
    at(1).up();
    at(1).prepared();
    const { commit } = await preparing;
    expect([at(0).told, at(1).told]).toEqual([["prepare"], ["prepare"]]);
    commit(1_000);
    expect([at(0).told, at(1).told]).toEqual([
      ["prepare", "commit"],
      ["prepare", "commit"],
    ]);
    expect([crew.accepting, crew.serving]).toEqual([true, [{ label: "http", host: "127.0.0.1", port: 4140 }]]);
  });

  it("does not start when one cannot, and says why", async () => {
    const { crew, edition, at } = setUp();
    const preparing = crew.prepare(edition(1));
    for (const i of [0, 1]) at(i).up();
    at(0).prepared();
    at(1).prepared({ problem: { at: "routers.0.servers.0", code: "PROXY_LISTEN", message: "taken" } });
    await expect(preparing).rejects.toBeInstanceOf(PortFailure);
    expect(at(0).told).toEqual(["prepare", "discard"]);
  });

  it("does not start when one ends before it serves", async () => {
    const { crew, edition, at } = setUp();
    const preparing = crew.prepare(edition(1));
    at(0).up();
    at(0).prepared();
    at(1).end("ended with exit code 3");
    await expect(preparing).rejects.toMatchObject({ code: "PROXY_WORKER", message: expect.stringContaining("code 3") });
  });

  it("does not wait for ever for one that hangs before it serves", async () => {
    const { clock, crew, edition, at } = setUp();
    const preparing = crew.prepare(edition(1));
    const failure = expect(preparing).rejects.toMatchObject({ code: "PROXY_WORKER" });
    for (let second = 0; second < 61; second++) {
      at(0).up();
      await clock.advance(1_000);
    }
    at(0).prepared();
    await failure;
    expect([at(0).killed, at(1).killed]).toEqual([0, 1]);
  });

  it("leaves everything as it is when one cannot have another configuration", async () => {
    const { crew, edition, start, at } = setUp();
    await start();
    const preparing = crew.prepare(edition(2));
    at(0).prepared();
    at(1).prepared({ problem: { at: undefined, code: "PROXY_LISTEN", message: "taken" } });
    await expect(preparing).rejects.toMatchObject({ code: "PROXY_LISTEN" });
    expect(at(0).told).toEqual(["prepare", "commit", "prepare", "discard"]);
    expect(at(1).told).toEqual(["prepare", "commit", "prepare"]);
  });

  it("replaces one that ends, after a pause that grows, with what the others serve", async () => {
    const { clock, metrics, crew, spawned, start, at } = setUp();
    await start();
    at(0).end("was ended by SIGSEGV");
    await turn();
    expect([crew.accepting, spawned.length]).toEqual([true, 2]);
    await clock.advance(100);
    expect(spawned.length).toBe(3);
    at(2).end("ended with exit code 1");
    await clock.advance(99);
    expect(spawned.length).toBe(3);
    await clock.advance(101);
    expect(spawned.length).toBe(4);
    at(3).up();
    at(3).prepared();
    await turn();
    expect(at(3).told).toEqual(["prepare", "commit"]);
    expect(metrics.snapshot()).toMatchObject({ "workers/crashed": 2, "workers/serving": 2 });
  });

  it("lets one that comes during a reload catch up", async () => {
    const { clock, crew, edition, start, at } = setUp();
    await start();
    at(0).end("ended with exit code 1");
    await clock.advance(100);
    at(2).up();
    const preparing = crew.prepare(edition(2));
    at(2).prepared();
    await turn();
    expect(at(2).told).toEqual(["prepare", "commit"]);
    at(1).prepared();
    (await preparing).commit(1_000);
    expect(at(2).told).toEqual(["prepare", "commit", "prepare"]);
    at(2).prepared();
    await turn();
    expect(at(2).told).toEqual(["prepare", "commit", "prepare", "commit"]);
    expect(at(2).heard.at(-2)).toMatchObject({ say: "commit" });
  });

  it("goes on with a reload when one ends in the middle of it", async () => {
    const { crew, edition, start, at } = setUp();
    await start();
    const preparing = crew.prepare(edition(2));
    at(0).prepared();
    at(1).end("was ended by SIGKILL");
    (await preparing).commit(1_000);
    expect(at(0).told).toEqual(["prepare", "commit", "prepare", "commit"]);
  });

  it("has left a generation when the last that had it has, or has ended", async () => {
    const { crew, edition, start, at } = setUp();
    await start();
    const [before] = edition(1).routers;
    const preparing = crew.prepare(edition(2));
    for (const i of [0, 1]) at(i).prepared();
    (await preparing).commit(1_000);
    let left = false;
    void crew.left(before as RouterGeneration).then(() => {
      left = true;
    });
    at(0).say({ say: "left", generation: 1 });
    await turn();
    expect(left).toBe(false);
    at(1).end("was ended by SIGKILL");
    await turn();
    expect(left).toBe(true);
  });

  it("keeps the ports that the system gave, when all have ended at once", async () => {
    const { clock, crew, edition, at } = setUp();
    const plan = { routers: [{ label: "http", servers: [{ ip: "127.0.0.1", port: 0 }] }] } as never;
    const preparing = crew.prepare({ ...edition(1), plan });
    for (const i of [0, 1]) {
      at(i).up();
      at(i).prepared();
    }
    (await preparing).commit(1_000);
    for (const i of [0, 1]) at(i).end("was ended by SIGKILL");
    await clock.advance(100);
    at(2).up();
    expect(at(2).heard.find(({ say }) => say === "prepare")).toMatchObject({
      setup: { anyPorts: ["http 0 127.0.0.1"], pinned: { "http 0 127.0.0.1": 4140 } },
    });
    at(2).prepared();
    await turn();
    expect(at(2).told).toEqual(["prepare", "commit"]);
    // One that was to share the port, and came too late.
    at(3).up();
    at(3).prepared({ serving: [{ label: "http", host: "127.0.0.1", port: 4141 }] });
    await turn();
    expect([at(3).told, at(3).killed]).toEqual([["prepare"], 1]);
  });

  it("ends one that has hung", async () => {
    const { clock, metrics, start, at } = setUp();
    await start();
    for (let second = 0; second < 8; second++) {
      await clock.advance(1_000);
      at(0).up();
    }
    expect([at(0).killed, at(1).killed]).toEqual([0, 0]);
    await clock.advance(1_000);
    at(0).up();
    await clock.advance(1_000);
    expect([at(0).killed, at(1).killed]).toEqual([0, 1]);
    expect(metrics.snapshot()).toMatchObject({ "workers/hung": 1, "workers/crashed": 1 });
  });

  it("drains all, waits for their end, and starts no more", async () => {
    const { clock, crew, spawned, start, at } = setUp();
    await start();
    let drained = false;
    void crew.drain(5_000).then(() => {
      drained = true;
    });
    expect(at(1).heard.at(-1)).toEqual({ say: "drain", graceMs: 5_000 });
    at(0).end("ended with exit code 0");
    await turn();
    expect(drained).toBe(false);
    at(1).end("ended with exit code 0");
    await turn();
    expect(drained).toBe(true);
    await clock.advance(60_000);
    expect(spawned.length).toBe(2);
  });

  it("tells workers of levels that change", async () => {
    const clock = new ManualClock();
    const metrics = memoryMetrics({ clock });
    const levels = new LogLevels(silentLog, "info");
    const process = new Scripted();
    const env = { clock, random: Math.random, log: silentLog, metrics, scopes: new SharedScopes(metrics, clock) };
    const crew = new Crew({ count: 1, spawn: () => process, describe: () => "" }, levels, env);
    const preparing = crew.prepare({ routers: [generation(1)], plan: { routers: [] } as never });
    process.up();
    process.prepared();
    (await preparing).commit(1_000);
    levels.set("root", "debug");
    expect(process.heard.at(-1)).toEqual({ say: "levels", levels: [{ logger: "root", level: "debug" }] });
    crew.close();
    expect(process.killed).toBe(1);
  });
});
