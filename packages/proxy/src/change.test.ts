import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Activity, Addr, address, type MutableVar, Name, NameTree, Path, Var } from "@namerkit/core";
import { Agent } from "undici";
import { describe, expect, it } from "vitest";
import { closedPort, until } from "../test/kit.js";
import { world } from "../test/world.js";

async function echo(): Promise<Server> {
  const server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => res.end(Buffer.concat(parts)));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const at = (server: Server) => address("127.0.0.1", (server.address() as AddressInfo).port);

describe("under change [parity: soak]", () => {
  it("no request fails while endpoints come, go and refuse; at the end nothing is left open", async () => {
    const servers = [await echo(), await echo(), await echo()];
    const dead = await closedPort();
    const all = servers.map(at);
    const addr: MutableVar<Addr> = Var.mutable<Addr>(Addr.bound(all));
    const prefix = Path.parse("/#/moving");
    const namer = {
      lookup: (path: Path) =>
        Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr))),
    };
    const here = await world({}, { dtab: "/svc => /#/moving", namers: [{ prefix, namer }] });
    const agent = new Agent({ connections: 20 });
    let round = 0;
    const turning = setInterval(() => {
      round++;
      const some = all.filter((_, i) => i !== round % 3);
      addr.update(Addr.bound(round % 2 === 0 ? some : [...some, dead]));
    }, 10);
    const failures: string[] = [];
    let sent = 0;
    const until2s = Date.now() + 2_000;
    const client = async (id: number) => {
      for (let i = 0; Date.now() < until2s; i++) {
        const body = `${id}-${i}-${"x".repeat((id * 977) % 20_000)}`;
        const init = { method: id % 3 === 0 ? "GET" : "POST", body: id % 3 === 0 ? null : body } as const;
        const answer = await agent.request({
          origin: `http://127.0.0.1:${here.port}`,
          path: "/",
          headers: { host: `web${id % 5}` },
          ...init,
        });
        const text = await answer.body.text();
        sent++;
        if (answer.statusCode !== 200 || (init.body !== null && text !== body)) failures.push(text.slice(0, 300));
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, id) => client(id)));
    clearInterval(turning);
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(200);
    await agent.close();
    const open = () =>
      Promise.all(servers.map((one) => new Promise<number>((done) => one.getConnections((_, n) => done(n)))));
    await here.proxy.drain();
    let left = await open();
    for (let i = 0; i < 100 && left.some((n) => n > 0); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      left = await open();
    }
    expect(left).toEqual([0, 0, 0]);
    const metrics = here.metrics.snapshot();
    const pending = Object.entries(metrics).filter(([key, value]) => key.endsWith("/pending") && value !== 0);
    expect(pending).toEqual([]);
    await until(() => here.metrics.snapshot()["rt/http/client/#/moving/web0/requests"] === undefined);
    for (const server of servers) server.close();
  }, 20_000);
});
