import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { testAuthority, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TransportConfig } from "./config.js";
import { createTransport } from "./create-transport.js";
import type { ConsulTransport } from "./transport.js";

let folder: string;
let server: Http2SecureServer;
let transport: ConsulTransport;
let parked: number;
let seen: string[];
const sockets = new Set<Socket>();
const authority = testAuthority();
const { signal } = new AbortController();

function start(config: TransportConfig = {}): void {
  const { port } = server.address() as AddressInfo;
  const whole = { host: "localhost", port, tls: { trustCertsBundle: "ca.pem" }, maxConnections: 8, ...config };
  transport = createTransport(whole, { ...testEnv(), clock: systemClock, baseDir: folder });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-consul-tls-"));
  await writeFile(join(folder, "ca.pem"), authority.cert);
  parked = 0;
  seen = [];
  const options = { ...authority.issue(), allowHTTP1: true, settings: { maxConcurrentStreams: 100 } };
  server = createSecureServer(options, ({ httpVersion, headers, url }, response) => {
    seen.push(`${httpVersion} ${headers[":authority"] ?? headers.host} ${String(headers["x-consul-token"])}`);
    response.setHeader("x-consul-index", "5");
    if (!url.includes("index=5")) {
      response.end("[]");
      return;
    }
    parked++;
    response.on("close", () => parked--);
  });
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
});
afterEach(async () => {
  transport.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

describe("over TLS", () => {
  it("an agent that speaks HTTP/2 parks every name, over few connections", async () => {
    start({ token: "s3cr3t" });
    expect(transport.state().slots).toBe(7);
    const { epoch } = await transport.get("/v1/a", { signal, deadlineMs: 5_000 });
    expect(transport.state().slots).toBe(792);
    const stop = new AbortController();
    const all = Array.from({ length: 400 }, (_, i) =>
      transport
        .get(`/v1/${i}?index=5&wait=60s`, { signal: stop.signal, deadlineMs: 70_000, blocking: true, epoch })
        .catch((error: unknown) => error),
    );
    await until(() => parked === 400);
    expect(sockets.size).toBeLessThanOrEqual(5);
    expect([transport.waitMs(), transport.state().waiting]).toEqual([60_000, 0]);
    expect(new Set(seen)).toEqual(new Set([`2.0 localhost:${(server.address() as AddressInfo).port} s3cr3t`]));
    stop.abort();
    await Promise.all(all);
    await until(() => parked === 0);
  });

  it("HTTP/2 can be done without: then there are turns, as without TLS", async () => {
    start({ http2: false });
    const { epoch } = await transport.get("/v1/a", { signal, deadlineMs: 5_000 });
    const stop = new AbortController();
    const all = Array.from({ length: 20 }, () =>
      transport
        .get("/v1/a?index=5", { signal: stop.signal, deadlineMs: 70_000, blocking: true, epoch })
        .catch((error: unknown) => error),
    );
    await until(() => parked === 7);
    expect(transport.state()).toMatchObject({ slots: 7, parked: 7, waiting: 13 });
    expect(seen[0]).toMatch(/^1\.1 localhost:\d+ undefined$/);
    stop.abort();
    await Promise.all(all);
  });

  it("an agent that cannot be verified is no use: the error says why, and the next is asked", async () => {
    const { port } = server.address() as AddressInfo;
    start({ tls: {} });
    await expect(transport.get("/v1/a", { signal, deadlineMs: 5_000 })).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/TLS: the authority of the certificate is not trusted/),
    });
    transport.close();
    // The name in its certificate is another.
    start({ host: [`https://127.0.0.2:${port}`, `https://localhost:${port}`] });
    expect((await transport.get("/v1/a", { signal, deadlineMs: 5_000 })).status).toBe(200);
    expect(transport.state().agents).toMatchObject([
      { inUse: false, lastError: expect.stringMatching(/the certificate is for another name/) },
      { inUse: true },
    ]);
  });
});
