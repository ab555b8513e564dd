import { Agent, request } from "node:http";
import process from "node:process";
import { until } from "@namerkit/testing";
import { ConsulFake } from "@namerkit/testing/consul";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { ask, get, serve } from "../support/http.js";
import { namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const patience = { timeoutMs: 60_000 };

interface WorkerJson {
  readonly worker: number;
  readonly pid: number;
  readonly serving: boolean;
}

/** The command with workers, and what a test asks of it. */
class ProxyCommand implements AsyncDisposable {
  readonly process: TestProcess;
  readonly port: number;
  readonly admin: number;

  private constructor(process: TestProcess, admin: number, port: number) {
    this.process = process;
    this.admin = admin;
    this.port = port;
  }

  static async start(file: string, workers = 2): Promise<ProxyCommand> {
    const args = [namerkitBin, "proxy", file, "--workers", String(workers)];
    const started = new TestProcess(process.execPath, args, { patienceMs: 60_000 });
    try {
      const admin = Number((await started.match(/serving http admin on \/127\.0\.0\.1:(\d+)/))[1]);
      const port = Number((await started.match(/serving http on \/127\.0\.0\.1:(\d+)/))[1]);
      await started.match(/initialized/);
      return new ProxyCommand(started, admin, port);
    } catch (thrown) {
      await started[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async page(path: string): Promise<unknown> {
    return JSON.parse((await get(this.admin, "localhost", path)).body);
  }

  async metrics(): Promise<Record<string, number>> {
    return (await this.page("/admin/metrics.json")) as Record<string, number>;
  }

  async workers(): Promise<readonly WorkerJson[]> {
    return (await this.page("/workers.json")) as WorkerJson[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Whether there still is such a process. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Tally {
  answered: number;
  /** Connections that ended under a request. */
  severed: number;
  readonly wrong: string[];
}

/** One request after the other on a kept connection, which is opened anew when it has been severed. */
async function client(port: number, tally: Tally, stop: { now: boolean }): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!stop.now) {
    await new Promise<void>((done) => {
      const sent = request({ agent, port, host: "127.0.0.1", headers: { host: "web" } }, (response) => {
        response.resume();
        response.on("end", () => {
          tally.answered++;
          if (response.statusCode !== 200) tally.wrong.push(`${response.statusCode} ${response.headers["l5d-err"]}`);
          done();
        });
        response.on("error", () => {
          tally.severed++;
          done();
        });
      });
      sent.on("error", () => {
        tally.severed++;
        done();
      });
      sent.end();
    });
  }
  agent.destroy();
}

const consulConfig = (port: number, more = "") => `
admin: { port: 0, shutdownGraceMs: 20000 }
namers: [{ kind: io.l5d.consul, host: 127.0.0.1, port: ${port} }]
telemetry: [{ kind: io.l5d.recentRequests, sampleRate: 1.0, capacity: 50 }]
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.consul/dc1 ${more}
  servers: [{ port: 0 }]
`;

describe("a proxy with workers [parity: workers]", { timeout: 180_000 }, () => {
  it("asks the catalogue once, follows it in every worker, and counts as one", async () => {
    await using one = await serve((_, response) => void response.end("one"));
    await using two = await serve((_, response) => void response.end("two"));
    await using folder = await TestFolder.make();
    const fake = new ConsulFake();
    const consul = await fake.listen();
    fake.register("web", { id: "web-1", address: "127.0.0.1", port: one.port });
    try {
      await using proxy = await ProxyCommand.start(await folder.write("linkerd.yaml", consulConfig(consul.port)));
      expect(await proxy.workers()).toMatchObject([
        { worker: 1, serving: true },
        { worker: 2, serving: true },
      ]);
      let sent = 0;
      const web = () => {
        sent++;
        return get(proxy.port, "web");
      };
      for (let i = 0; i < 10; i++) expect((await web()).body).toBe("one");
      expect(fake.parked).toBe(1);

      fake.register("web", { id: "web-2", address: "127.0.0.1", port: two.port });
      const seen = new Set<string>();
      await until(async () => {
        seen.add((await web()).body);
        return seen.size === 2;
      }, patience);
      fake.deregister("web", "web-1");
      await until(async () => {
        const all = await Promise.all(Array.from({ length: 10 }, web));
        return all.every(({ body }) => body === "two");
      }, patience);
      expect(fake.parked).toBe(1);
      expect(await proxy.page("/client_state.json")).toEqual({
        "/#/io.l5d.consul/dc1/web": { state: "bound", addresses: [`127.0.0.1:${two.port}`] },
      });

      const more = await Promise.all(Array.from({ length: 100 }, web));
      expect(more.every(({ status }) => status === 200)).toBe(true);
      const server = `rt/http/server/127.0.0.1/${proxy.port}`;
      await until(async () => (await proxy.metrics())[`${server}/requests`] === sent, patience);
      const all = await proxy.metrics();
      expect(all).toMatchObject({
        "rt/http/client/#/io.l5d.consul/dc1/web/loadbalancer/size": 1,
        "workers/serving": 2,
        "workers/crashed": 0,
      });
      expect(all).toMatchObject({ [`${server}/success`]: sent, [`${server}/request_latency_ms.count`]: sent });
      // Telemeters are in the primary, and hear of the requests of all.
      const recent = (await get(proxy.admin, "localhost", "/requests")).body;
      expect(recent.split("/#/io.l5d.consul/dc1/web").length).toBeGreaterThan(50);
    } finally {
      await consul.close();
    }
  });

  it("loses nothing but what a killed worker had, and replaces it", async () => {
    await using endpoint = await serve((_, response) => void response.end("ok"));
    await using folder = await TestFolder.make();
    const text = `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.1/${endpoint.port}
  servers: [{ port: 0 }]
`;
    await using proxy = await ProxyCommand.start(await folder.write("linkerd.yaml", text));
    const tally: Tally = { answered: 0, severed: 0, wrong: [] };
    const stop = { now: false };
    const clients = Array.from({ length: 8 }, () => client(proxy.port, tally, stop));
    for (let kills = 1; kills <= 3; kills++) {
      const enough = tally.answered + 500;
      await until(() => tally.answered >= enough, patience);
      const [victim] = await proxy.workers();
      process.kill(victim?.pid ?? 0, "SIGKILL");
      await until(async () => (await proxy.metrics())["workers/crashed"] === kills, patience);
      await until(async () => (await proxy.workers()).filter(({ serving }) => serving).length === 2, patience);
    }
    stop.now = true;
    await Promise.all(clients);
    expect(tally.wrong).toEqual([]);
    expect(tally.severed).toBeLessThanOrEqual(3 * 8);

    // All at once: the port is the same when they are back.
    for (const { pid } of await proxy.workers()) process.kill(pid, "SIGKILL");
    await until(async () => (await proxy.metrics())["workers/crashed"] === 5, patience);
    await until(async () => (await proxy.workers()).filter(({ serving }) => serving).length === 2, patience);
    expect((await get(proxy.port, "web")).body).toBe("ok");
    expect(proxy.process.stderr).toContain("worker 1 was ended by SIGKILL");
  });

  it("has all workers go on with another configuration, and with the old one while that is bad", async () => {
    await using one = await serve((_, response) => void response.end("one"));
    await using two = await serve((_, response) => void response.end("two"));
    await using folder = await TestFolder.make();
    const text = (to: number, more = "") => `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.1/${to}
  servers: [{ port: 0 }]
${more}`;
    const file = await folder.write("linkerd.yaml", text(one.port));
    await using proxy = await ProxyCommand.start(file, 3);
    const bodies = async () => {
      const all = await Promise.all(Array.from({ length: 12 }, () => get(proxy.port, "web")));
      return [...new Set(all.map(({ body }) => body))];
    };
    const post = () => ask(new URL(`http://127.0.0.1:${proxy.admin}/`), { method: "POST", path: "/admin/reload" });
    expect(await bodies()).toEqual(["one"]);
    await folder.write("linkerd.yaml", text(two.port));
    expect((await post()).status).toBe(200);
    await until(async () => (await bodies()).join() === "two", patience);

    await folder.write("linkerd.yaml", text(one.port, "  dtub: x\n"));
    expect((await post()).status).toBe(422);
    // The port of the endpoint is in use: no worker can have it.
    const taken = `- protocol: http\n  label: more\n  dtab: /a => /b\n  servers: [{ port: ${one.port} }]\n`;
    await folder.write("linkerd.yaml", text(one.port, taken));
    const refused = await post();
    expect([refused.status, JSON.parse(refused.body).problems[0]]).toMatchObject([
      422,
      { code: "PROXY_LISTEN", path: "routers.1.servers.0" },
    ]);
    expect(await bodies()).toEqual(["two"]);

    // One that comes later has what the others have.
    const [victim] = await proxy.workers();
    process.kill(victim?.pid ?? 0, "SIGKILL");
    await until(async () => (await proxy.metrics())["workers/crashed"] === 1, patience);
    await until(async () => (await proxy.workers()).filter(({ serving }) => serving).length === 3, patience);
    expect(await bodies()).toEqual(["two"]);
    // Nothing of the generations before is left in a worker.
    await until(async () => {
      const generations = (await proxy.page("/workers.json")) as { generations: number[] }[];
      return new Set(generations.flatMap((worker) => worker.generations)).size === 1;
    }, patience);
  });

  it("lets requests in flight finish in every worker before it ends", async () => {
    let waiting = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using endpoint = await serve(async (_, response) => {
      waiting++;
      await released;
      response.end("late");
    });
    await using folder = await TestFolder.make();
    const text = `
admin: { port: 0, shutdownGraceMs: 60000 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.1/${endpoint.port}
  servers: [{ port: 0 }]
`;
    await using proxy = await ProxyCommand.start(await folder.write("linkerd.yaml", text));
    const pids = (await proxy.workers()).map(({ pid }) => pid);
    const answers = Promise.all(Array.from({ length: 6 }, () => get(proxy.port, "web")));
    await until(() => waiting === 6, patience);
    proxy.process.signal("SIGTERM");
    await until(async () => JSON.parse((await get(proxy.admin, "localhost", "/readyz")).body).draining, patience);
    release();
    expect((await answers).map(({ body }) => body)).toEqual(Array(6).fill("late"));
    expect((await proxy.process.end()).code).toBe(0);
    await until(() => !pids.some(lives), patience);
  });

  it("does not outlive its primary", async () => {
    await using folder = await TestFolder.make();
    const text = "admin: { port: 0 }\nrouters: [{ protocol: http, dtab: /a => /b, servers: [{ port: 0 }] }]\n";
    await using proxy = await ProxyCommand.start(await folder.write("linkerd.yaml", text));
    const pids = (await proxy.workers()).map(({ pid }) => pid);
    process.kill(proxy.process.pid ?? 0, "SIGKILL");
    await until(() => !pids.some(lives), patience);
  });

  it("says why it cannot start, and leaves no process", async () => {
    await using taken = await serve((_, response) => void response.end());
    await using folder = await TestFolder.make();
    const text = `admin: { port: 0 }\nrouters: [{ protocol: http, dtab: /a => /b, servers: [{ port: ${taken.port} }] }]\n`;
    const args = [namerkitBin, "proxy", await folder.write("linkerd.yaml", text), "--workers", "2"];
    await using proxy = new TestProcess(process.execPath, args);
    const { code, stderr } = await proxy.end();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${taken.port}`)]);
  });
});
