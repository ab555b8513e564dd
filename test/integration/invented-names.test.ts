import { mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const count = Number(process.env["NAMERKIT_NAMES"] ?? 20_000);
const CACHE = 500;

const config = `
admin: { port: 0 }
namers: [{ kind: io.l5d.fs, rootDir: names }]
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs ; /svc/any => /#/io.l5d.fs/web
  identifier: { kind: io.l5d.path, segments: 2 }
  bindingCache: { paths: ${CACHE}, trees: ${CACHE}, bounds: ${CACHE}, clients: ${CACHE} }
  servers: [{ port: 0 }]
`;

/** Asks for so many paths, each once, over a few connections that are kept. */
async function askAll(port: number, paths: (i: number) => string): Promise<Map<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses = new Map<number, number>();
  let next = 0;
  const one = (path: string) =>
    new Promise<number>((done, fail) => {
      const sent = request({ agent, port, host: "127.0.0.1", path, headers: { host: "x" } }, (response) => {
        response.resume().on("end", () => done(response.statusCode ?? 0));
      });
      sent.on("error", fail).end();
    });
  const worker = async () => {
    while (next < count) {
      const status = await one(paths(next++));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  agent.destroy();
  return statuses;
}

describe("names that clients invent [parity: invented-names]", { timeout: 300_000 + 2 * count }, () => {
  it.each([
    ["that lead to one place", (i: number) => `/any/${i}`, 200],
    ["that lead nowhere", (i: number) => `/nothing-${i}/x`, 502],
  ])("%s are served, and forgotten", async (_, paths, status) => {
    await using web = await serve((_request, response) => response.end("web"));
    await using folder = await TestFolder.make();
    mkdirSync(join(folder.path, "names"));
    await folder.write("names/web", `127.0.0.1 ${web.port}\n`);
    await using proxy = await TestProxy.start(config, folder.path);
    const get = async (path: string) => (await proxy.get("x", path)).status;
    expect(await get("/any/known")).toBe(200);
    expect([...(await askAll(proxy.port, paths))]).toEqual([[status, count]]);
    const all = Object.keys((await proxy.admin("/admin/metrics.json")) as object);
    const services = new Set(all.flatMap((name) => /\/service\/svc\/([^/]+\/[^/]+)\//.exec(name)?.[1] ?? []));
    // The caches are as large as they were told to be, and figures go with what they are about.
    expect(services.size).toBeLessThanOrEqual(CACHE + 50);
    expect(all.length).toBeLessThan(60 * (CACHE + 50));
    expect(Object.keys((await proxy.admin("/client_state.json")) as object).length).toBeLessThanOrEqual(2);
    expect(await get("/any/known")).toBe(200);
  });
});
