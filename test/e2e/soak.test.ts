import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { get } from "../support/http.js";
import { type Mood, MoodyEndpoint } from "../support/moody-endpoint.js";
import { namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const seconds = Number(process.env["NAMERKIT_SOAK_S"] ?? 60);
const ENDPOINTS = 6;
const CLIENTS = 8;

const config = (more: string) => `
admin: { port: 0 }
namers: [{ kind: io.l5d.fs, rootDir: names }]
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs ; /svc/web => /#/io.l5d.fs/web | /#/io.l5d.fs/spare ${more};
  client:
    requeueBudget: { minRetriesPerSec: 1000, percentCanRetry: 1.0 }
  service:
    responseClassifier: { kind: io.l5d.http.retryableRead5XX }
    retries: { budget: { minRetriesPerSec: 1000, percentCanRetry: 1.0 } }
  servers: [{ port: 0 }]
`;

interface Tally {
  requests: number;
  /** Answers that are those of another request, or no answers at all. */
  readonly wrong: string[];
  /** Answers that say that an endpoint has failed. */
  failures: number;
  /** Answers that have ended too early, visibly. */
  cut: number;
  /** Connections that have ended without an answer. */
  severed: number;
}

/** One request after the other on a connection that is kept, each with its own number, until told to stop. */
async function client(port: number, tally: Tally, stop: { now: boolean }, id: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; !stop.now; n++) {
    const body = id % 4 === 0 ? "x".repeat(n % 20_000) : "";
    const method = body === "" ? "GET" : "POST";
    const path = `/${id}/${n}`;
    tally.requests++;
    await new Promise<void>((done) => {
      const sent = request({ agent, port, host: "127.0.0.1", method, path, headers: { host: "web" } }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", () => {
          tally.cut++;
          done();
        });
        response.on("end", () => {
          const { statusCode = 0, headers } = response;
          if (statusCode === 200) {
            if (text !== `${method} ${path} ${body.length}`)
              tally.wrong.push(`${method} ${path}: ${text.slice(0, 80)}`);
          } else if (headers["l5d-err"] !== undefined && statusCode === 502) tally.failures++;
          else tally.wrong.push(`${method} ${path}: ${statusCode} ${text.slice(0, 200)}`);
          done();
        });
      });
      sent.on("error", () => {
        tally.severed++;
        done();
      });
      sent.end(body);
    });
  }
  agent.destroy();
}

const variants = [
  { workers: 1, forSeconds: Math.ceil(seconds / 3) },
  { workers: 2, forSeconds: Math.ceil((2 * seconds) / 3) },
];

describe.each(variants)("a proxy of $workers while everything changes [parity: soak]", ({ workers, forSeconds }) => {
  const title = `shows no failure that its endpoints did not have, for ${forSeconds} s, and leaves nothing open`;
  it(title, { timeout: (forSeconds + 180) * 1_000 }, async () => {
    await using folder = await TestFolder.make();
    const endpoints = await Promise.all(Array.from({ length: ENDPOINTS }, () => MoodyEndpoint.start()));
    const [steady, ...moody] = endpoints as [MoodyEndpoint, ...MoodyEndpoint[]];
    const write = (name: string, text: string) => {
      writeFileSync(join(folder.path, "new"), text);
      renameSync(join(folder.path, "new"), join(folder.path, name));
    };
    const names = (name: string, all: readonly MoodyEndpoint[]) =>
      write(`names/${name}`, all.map(({ port }) => `127.0.0.1 ${port}\n`).join(""));
    mkdirSync(join(folder.path, "names"));
    names("web", endpoints);
    names("spare", [steady]);
    write("linkerd.yaml", config(""));
    const args = [namerkitBin, "proxy", join(folder.path, "linkerd.yaml"), "--workers", String(workers)];
    await using proxy = new TestProcess(process.execPath, args, {
      env: { NAMERKIT_LOG: "error" },
      patienceMs: 60_000,
    });
    const admin = Number((await proxy.match(/serving http admin on \/127\.0\.0\.1:(\d+)/))[1]);
    const port = Number((await proxy.match(/serving http on \/127\.0\.0\.1:(\d+)/))[1]);
    await proxy.match(/initialized/);
    const metrics = async (): Promise<Record<string, number>> =>
      JSON.parse((await get(admin, "localhost", "/admin/metrics.json")).body);

    const tally: Tally = { requests: 0, wrong: [], failures: 0, cut: 0, severed: 0 };
    const stop = { now: false };
    const clients = Array.from({ length: CLIENTS }, (_, id) => client(port, tally, stop, id));
    const any = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;
    const moods: readonly Mood[] = ["well", "well", "well", "slow", "reset", "hang", "cut", "refuse"];
    const end = Date.now() + forSeconds * 1_000;
    let reloads = 0;
    let kills = 0;
    const kill = async () => {
      const { body } = await get(admin, "localhost", "/workers.json");
      const serving = (JSON.parse(body) as { pid: number; serving: boolean }[]).filter((one) => one.serving);
      // One at a time, and not before the one before has been replaced: with none left, nobody listens.
      if (serving.length < workers || (await metrics())["workers/crashed"] !== kills) return;
      try {
        process.kill(any(serving).pid, "SIGKILL");
        kills++;
      } catch {
        // The one before has hit it: the primary has not heard of that yet.
      }
    };
    while (Date.now() < end) {
      const dice = Math.random();
      if (workers > 1 && dice < 0.04) await kill();
      else if (dice < 0.45) await any(moody).become(any(moods));
      else if (dice < 0.8) names("web", [steady, ...moody.filter(() => Math.random() < 0.6)]);
      else if (dice < 0.84) names("web", []);
      else if (dice < 0.95) {
        write("linkerd.yaml", config(reloads++ % 2 === 0 ? "; /svc/other => /#/io.l5d.fs/web" : ""));
        proxy.signal("SIGHUP");
      } else {
        write("linkerd.yaml", config("; this is no dtab"));
        proxy.signal("SIGHUP");
      }
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
    }

    for (const one of moody) await one.become("well");
    names("web", endpoints);
    write("linkerd.yaml", config(""));
    const spoilt = endpoints.reduce((sum, one) => sum + one.spoilt, 0);
    expect(tally.wrong).toEqual([]);
    expect(tally.severed).toBeLessThanOrEqual(kills * CLIENTS);
    expect(tally.failures + tally.cut).toBeLessThanOrEqual(spoilt + kills * CLIENTS);
    // It did happen.
    expect(tally.requests).toBeGreaterThan(forSeconds * 50);
    expect(spoilt).toBeGreaterThan(0);
    expect(reloads).toBeGreaterThan(0);
    expect(kills > 0).toBe(workers > 1);
    expect(tally.failures + tally.cut).toBeGreaterThan(0);
    // Once everything is well, so is every answer; POSTs that an endpoint has failed are not tried again, so a moment is granted.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = tally.failures + tally.cut;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(tally.failures + tally.cut).toBe(before);
    stop.now = true;
    await Promise.all(clients);
    await until(
      async () => {
        const all = await metrics();
        const left = Object.entries(all).filter(
          ([name, value]) => /\/(pending|pool_waiters)$/.test(name) && value !== 0,
        );
        const connections = all[`rt/http/server/127.0.0.1/${port}/connections`];
        if (workers > 1 && all["workers/serving"] !== workers) return false;
        return left.length === 0 && connections === 0;
      },
      { timeoutMs: 60_000, what: "nothing pending, no client connected, and all workers there" },
    );
    proxy.signal("SIGTERM");
    expect((await proxy.end()).code).toBe(0);
    await until(() => endpoints.every(({ open }) => open === 0), { timeoutMs: 20_000, what: "no connection left" });
    for (const one of endpoints) await one[Symbol.asyncDispose]();
  });
});
