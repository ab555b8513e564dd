import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, faultyServer, json } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { createTransport } from "./create-transport.js";

describe("a transport", () => {
  it("asks with token, namespace and consistency, and reads the index", async () => {
    await using server = await faultyServer(() => json([1]));
    const transport = createTransport(
      { host: "127.0.0.1", port: server.port, token: "s3cr3t", namespace: "team", consistencyMode: "stale" },
      { ...testEnv(), clock: systemClock },
    );
    const { signal } = new AbortController();
    const got = await transport.get("/v1/a?index=5", { signal, deadlineMs: 5_000 });
    expect([got.status, got.index, got.json()]).toEqual([200, undefined, [1]]);
    server.behave(() => answer("", { status: 404, headers: { "X-Consul-Index": "7" } }));
    expect((await transport.get("/v1/kv/a", { signal, deadlineMs: 5_000, expect: [404] })).index).toBe("7");
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/v1/a?index=5&ns=team&stale=true",
      "/v1/kv/a?ns=team&stale=true",
    ]);
    expect(server.requests[0]?.headers["x-consul-token"]).toBe("s3cr3t");
    transport.close();
  });
});
