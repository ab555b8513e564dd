import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { mockMetadataBin } from "../support/paths.js";
import { runToEnd, TestProcess } from "../support/process.js";

const stacks = "stacks: { shop: { services: { web: { addresses: [127.0.0.1] } } } }\n";

const run = (...args: readonly string[]) => runToEnd(process.execPath, [mockMetadataBin, ...args]);

async function ask(url: string, method = "GET"): Promise<string> {
  const answer = await fetch(url, { method, headers: { connection: "close" } });
  return `${answer.status} ${await answer.text()}`;
}

describe("mock-metadata as a process", () => {
  it("serves the stacks and the control API until it is asked to stop", async () => {
    await using folder = await TestFolder.make();
    const file = await folder.write("stacks.yaml", stacks);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using mock = new TestProcess(process.execPath, [
        mockMetadataBin,
        file,
        "--port",
        "0",
        "--control-port",
        "0",
      ]);
      const [, metadata] = await mock.match(/^serving metadata on (http:\/\/127\.0\.0\.1:\d+)$/m);
      const [, control] = await mock.match(/^serving control on (http:\/\/127\.0\.0\.1:\d+)$/m);
      expect(await ask(`${metadata}/latest/self/container/name`)).toBe("200 shop-web-1");
      const version = (await ask(`${metadata}/latest/version`)).slice(4);
      const poll = ask(`${metadata}/latest/version?wait=true&value=${version}`);
      expect(await ask(`${control}/scale?service=shop/web&to=3`, "POST")).toMatch(/^200 /);
      expect(await poll).not.toContain(version);
      expect(await ask(`${metadata}/latest/services/web/scale`)).toBe("200 3");
      // Somebody who waits does not keep it from ending.
      const last = ask(`${metadata}/latest/nosuch?wait=true&value=x`).catch(() => "broken");
      mock.signal(signal);
      const { code, stderr } = await mock.end();
      expect([code, stderr, await last]).toEqual([0, "", "broken"]);
    }
  });

  it("exits with 2 on a usage error", async () => {
    for (const args of [
      [],
      ["a", "b"],
      ["a", "--port", "x"],
      ["a", "--port", "65536"],
      ["a", "--control-port", ""],
      ["--fast"],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("usage: mock-metadata STACKS.yaml");
    }
  });

  it("brings catalogues along, and tells which", async () => {
    const { code, stdout } = await run("--list");
    expect([code, stdout]).toEqual([0, "elasticsearch\nelk\njenkins\nwordpress\n"]);
    await using folder = await TestFolder.make();
    await folder.write("elk", stacks);
    const args = [mockMetadataBin, "elk", "--port", "0"];
    const servicesOf = async (cwd?: string) => {
      await using mock = new TestProcess(process.execPath, args, cwd === undefined ? {} : { cwd });
      const [, metadata] = await mock.match(/^serving metadata on (http:\/\/127\.0\.0\.1:\d+)$/m);
      return await ask(`${metadata}/latest/stacks/kibana/services/kibana-vip/kind`);
    };
    expect(await servicesOf()).toBe("200 loadBalancerService");
    // A file of that name comes first.
    expect(await servicesOf(folder.path)).toMatch(/^404 /);
  });

  it("helps", async () => {
    const { code, stdout } = await run("--help");
    expect([code, stdout.split("\n")[0]]).toEqual([0, expect.stringContaining("usage: mock-metadata STACKS.yaml")]);
  });

  it("exits with 1 if it cannot begin, and says why", async () => {
    await using folder = await TestFolder.make();
    const good = await folder.write("good.yaml", stacks);
    const bad = await folder.write("bad.yaml", "stacks:\n  shop:\n    services: { web: { scale: many } }\n");
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const port = String((taken.address() as AddressInfo).port);
    try {
      for (const [args, words] of [
        [[bad], `${bad}:3:24: stacks.shop.services.web.scale`],
        [[`${good}.gone`], "ENOENT"],
        [["nosuch"], "ENOENT"],
        [[good, "--port", port], "EADDRINUSE"],
        [[good, "--port", "0", "--control-port", port], "EADDRINUSE"],
      ] as const) {
        const { code, stderr } = await run(...args);
        expect(stderr).toContain(words);
        expect(code).toBe(1);
      }
    } finally {
      taken.close();
    }
  });
});
