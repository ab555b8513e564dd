import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const config = `
admin: { port: 0 }
namers:
- kind: io.l5d.fs
  rootDir: names
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs/main | /#/io.l5d.fs/spare
  failover: unavailable
  client:
    failureAccrual:
      kind: io.l5d.consecutiveFailures
      failures: 2
      backoff: { kind: constant, ms: 500 }
  servers:
  - port: 0
`;

describe("failover on death, through the proxy [parity: failover]", { timeout: 60_000 }, () => {
  it("answers from the spare while the main endpoints fail, and from them again when they are well", async () => {
    let sick = false;
    let probes = 0;
    await using main = await serve((_, response) => {
      if (sick) probes++;
      response.statusCode = sick ? 500 : 200;
      response.end("main");
    });
    await using spare = await serve((_, response) => response.end("spare"));
    await using folder = await TestFolder.make();
    mkdirSync(join(folder.path, "names"));
    await folder.write("names/main", `127.0.0.1 ${main.port}\n`);
    await folder.write("names/spare", `127.0.0.1 ${spare.port}\n`);
    await using proxy = await TestProxy.start(config, folder.path);

    const answers: string[] = [];
    let over = false;
    const client = (async () => {
      while (!over) {
        const { status, body } = await proxy.get("web");
        answers.push(`${status} ${body}`);
      }
    })();
    const from = async (expected: string) => {
      const start = answers.length;
      await until(() => answers.slice(start).includes(expected), { what: expected, timeoutMs: 30_000 });
    };
    await from("200 main");
    sick = true;
    const fell = performance.now();
    await from("200 spare");
    // Until it has been probed a few times, at least.
    await until(() => probes >= 5, { timeoutMs: 30_000 });
    expect(await proxy.admin("/client_state.json")).toMatchObject({
      "/#/io.l5d.fs/main": { addresses: [`127.0.0.1:${main.port}`], dead: [`127.0.0.1:${main.port}`] },
    });
    const metrics = (await proxy.admin("/admin/metrics.json")) as Record<string, number>;
    const accrual = "rt/http/client/#/io.l5d.fs/main/failure_accrual";
    expect(metrics[`${accrual}/removals`]).toBe(1);
    expect(metrics[`${accrual}/probes`]).toBeGreaterThanOrEqual(3);
    sick = false;
    const failures = answers.filter((one) => one.startsWith("500")).length;
    // Two until it is dead, and then one for each half second, with none more under way than one.
    expect(failures).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - fell) / 500));
    const recovered = answers.length;
    await until(() => answers.slice(recovered).filter((one) => one === "200 main").length > 20, { timeoutMs: 30_000 });
    over = true;
    await client;
    // A probe that was under way when it got well may still have failed.
    expect(answers.slice(recovered).filter((one) => !one.startsWith("200")).length).toBeLessThanOrEqual(1);
    expect(answers.at(-1)).toBe("200 main");
    expect(new Set(answers)).toEqual(new Set(["200 main", "500 main", "200 spare"]));
  });
});
