import { mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const ENDPOINTS = 11;
const RATE = 300;
const SECONDS = 4;
/** Of one endpoint; the others answer at once. */
const SLOW_MS = 800;

const config = (kind: string) => `
admin: { port: 0 }
namers: [{ kind: io.l5d.fs, rootDir: names }]
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs
  client:
    loadBalancer: { kind: ${kind} }
    failureAccrual: { kind: none }
  servers: [{ port: 0 }]
`;

/**
 * The share of requests, sent at a fixed rate whatever becomes of them, that are answered in time: those that the slow endpoint does not
 * get, as on a busy machine any of them may take long.
 */
async function inTime(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const answers: Promise<boolean>[] = [];
  const one = () =>
    new Promise<boolean>((done) => {
      const sent = request({ agent, port, host: "127.0.0.1", headers: { host: "web" } }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("end", () => done(response.statusCode === 200 && body === "ok"));
      });
      sent.on("error", () => done(false));
      sent.end();
    });
  const began = performance.now();
  while (answers.length < RATE * SECONDS) {
    const due = Math.min(RATE * SECONDS, Math.floor(((performance.now() - began) / 1_000) * RATE));
    while (answers.length < due) answers.push(one());
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const all = await Promise.all(answers);
  agent.destroy();
  return all.filter(Boolean).length / all.length;
}

describe("one slow endpoint of eleven [parity: slow-endpoint]", { timeout: 120_000 }, () => {
  it("costs a balancer that looks at latency less than one that counts, and that less than one that takes turns", async () => {
    const servers = await Promise.all(
      Array.from({ length: ENDPOINTS }, (_, i) =>
        serve((_request, response) => {
          if (i === 0) setTimeout(() => response.end("slow"), SLOW_MS);
          else response.end("ok");
        }),
      ),
    );
    await using folder = await TestFolder.make();
    mkdirSync(join(folder.path, "names"));
    await folder.write("names/web", servers.map(({ port }) => `127.0.0.1 ${port}\n`).join(""));
    const share: Record<string, number> = {};
    for (const kind of ["roundRobin", "p2c", "ewma"]) {
      await using proxy = await TestProxy.start(config(kind), folder.path);
      share[kind] = await inTime(proxy.port);
    }
    for (const one of servers) one.close();
    const { roundRobin = 0, p2c = 0, ewma = 0 } = share;
    // One of eleven.
    expect(roundRobin).toBeLessThan(0.935);
    expect(p2c).toBeGreaterThan(roundRobin);
    expect(ewma).toBeGreaterThan(p2c - 0.005);
    expect(ewma).toBeGreaterThan(0.96);
  });
});
