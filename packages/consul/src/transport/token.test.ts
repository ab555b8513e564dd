import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, type FaultyServer, faultyServer, json } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTransport } from "./create-transport.js";
import type { ConsulTransport } from "./transport.js";

let folder: string;
let server: FaultyServer;
let transport: ConsulTransport;
let valid: string;
const env = testEnv();
const ask = () => transport.get("/v1/a", { signal: new AbortController().signal, deadlineMs: 5_000 });
const put = (text: string) => writeFile(join(folder, "token"), text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-token-"));
  valid = "s3cr3t-1";
  server = await faultyServer(({ headers }) => {
    const token = headers["x-consul-token"];
    return token === valid ? json(1) : answer(`ACL not found: ${String(token)}`, { status: 403 });
  });
  const config = { host: "127.0.0.1", port: server.port, tokenFile: "token" };
  transport = createTransport(config, { ...env, clock: systemClock, baseDir: folder });
});
afterEach(async () => {
  transport.close();
  await server.close();
  await rm(folder, { recursive: true });
});

describe("a token in a file", () => {
  it("is sent with every request, and the new one as soon as the old one is refused", async () => {
    await put("s3cr3t-1\n");
    expect((await ask()).json()).toBe(1);
    valid = "s3cr3t-2";
    await put("s3cr3t-2\n");
    // Within the second in which the file is not looked at again.
    expect((await ask()).json()).toBe(1);
    expect(server.requests.map(({ headers }) => headers["x-consul-token"])).toEqual([
      "s3cr3t-1",
      "s3cr3t-1",
      "s3cr3t-2",
    ]);
  });

  it("that is refused and still the same is not sent twice, nor shown, though Consul quotes it", async () => {
    await put("s3cr3t-0");
    const failed: unknown = await ask().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "NAMER_REFUSED", message: expect.stringContaining("ACL not found: ***") });
    expect(server.requestCount).toBe(1);
    expect(JSON.stringify([transport.state(), env.log.lines]) + (failed as Error).stack).not.toContain("s3cr3t");
    expect(transport.state().token).toBe(join(folder, "token"));
  });

  it("that is refused, and gone by then: the refusal is told", async () => {
    await put("s3cr3t-0");
    server.onRequest = () => rmSync(join(folder, "token"));
    await expect(ask()).rejects.toMatchObject({ code: "NAMER_REFUSED" });
  });

  it("that cannot be read is an error that names the file; nothing is asked without it", async () => {
    await expect(ask()).rejects.toMatchObject({ code: "WATCH_FILE", message: expect.stringContaining(folder) });
    await put(" ");
    await expect(ask()).rejects.toMatchObject({ code: "WATCH_SECRET" });
    expect([server.requestCount, transport.state().agents[0]?.failures]).toEqual([0, 0]);
    await put("s3cr3t-1");
    expect((await ask()).json()).toBe(1);
  });
});
