import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

describe("a request", () => {
  it("reaches the endpoint and comes back", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, get("/x?y=1"));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\n\r\nhello$/);
    expect(back.all).toMatch(/^GET \/x\?y=1 HTTP\/1\.1\r\nhost: web\r\n/i);
    expect(proxy.names.released).toEqual(["success"]);
  });
});
