import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@namerkit/config";
import { Dtab, Path, resolve } from "@namerkit/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { namingOf } from "./naming.js";
import { officialRegistry } from "./registry.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-naming-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function planOf(port: number) {
  const text = `namers: [{ kind: io.l5d.rancher, host: 127.0.0.1, port: ${port}, snapshotFile: warm.json }]
routers: [{ protocol: http, servers: [{ port: 0 }], dtab: /svc => /#/io.l5d.rancher/80/shop }]
`;
  const { plan, problems } = await loadConfig({ text, file: "l5d.yaml", baseDir: folder }, officialRegistry());
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

describe("the names of a command", () => {
  it("has what a proxy has saved when the catalogue does not answer, and saves nothing itself", async () => {
    const saved = JSON.stringify({
      format: "namerkit-snapshot@1",
      prefix: "/#/io.l5d.rancher",
      savedAt: new Date().toISOString(),
      names: {
        "/80/shop/web": { type: "bound", addrs: [{ ip: "192.0.2.1", port: 80, weight: 1, meta: {} }], meta: {} },
      },
    });
    await writeFile(join(folder, "warm.json"), saved);
    const naming = namingOf(await planOf(await closedPort()), undefined);
    const seen: string[] = [];
    const bound = naming.interpreter.bind(Dtab.parse("/svc => /#/io.l5d.rancher/80/shop"), Path.parse("/svc/web"));
    const handle = resolve(bound).observe((addr) =>
      seen.push(addr.type === "bound" ? addr.addresses.map(({ ip }) => ip).join() : addr.type),
    );
    try {
      await vi.waitFor(() => expect(seen.at(-1)).toBe("192.0.2.1"), { timeout: 30_000 });
      expect(seen).toEqual(["pending", "192.0.2.1"]);
      expect(naming.mounted[0]?.namer.statusOf?.(Path.parse("/80/shop/web")).sample()?.state).toBe("stale");
    } finally {
      handle.close();
      naming[Symbol.dispose]();
    }
    expect(await readFile(join(folder, "warm.json"), "utf8")).toBe(saved);
  }, 60_000);
});
