import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { ask } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("httpIdentifierPort [parity: identifier-port]", () => {
  it("tells how each router would name a request, and why it would not", async () => {
    const port = await freePort();
    await using _ = await TestProxy.start(`
admin: { port: 0, httpIdentifierPort: ${port} }
routers:
- { protocol: http, label: byHost, dtab: /svc => /host, servers: [{ port: 0 }] }
- { protocol: http, label: byPath, identifier: { kind: io.l5d.path, segments: 2 }, servers: [{ port: 0 }] }
`);
    const { status, body } = await ask(new URL(`http://127.0.0.1:${port}/`), {
      path: "/one",
      headers: { host: "web", "l5d-dtab": "/svc/web => /x" },
    });
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        byHost: { path: "/svc/web", dtab: "/svc=>/host;/svc/web=>/x" },
        byPath: { error: expect.stringContaining("not enough segments in path") },
      },
    ]);
  });
});
