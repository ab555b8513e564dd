import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const text600 =
  "exceeded 600.milliseconds to unspecified while waiting for a response for the request, including retries (if applicable). Remote Info: Not Available";

describe("an answer that does not come within [parity: timeouts]", () => {
  it.each([
    ["totalTimeoutMs", { service: { totalTimeoutMs: 600 } }],
    ["requestAttemptTimeoutMs", { client: { requestAttemptTimeoutMs: 600 } }],
    ["the server's timeoutMs", { server: { timeoutMs: 600 } }],
  ])("%s is a 503 in Linkerd's words, and the endpoint hears of it", async (_, settings) => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], settings);
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(text.split("\r\n\r\n")[1]).toBe(text600);
    expect(text).toContain("l5d-err: exceeded+600.milliseconds+");
    expect(back.sockets[0]?.destroyed || (await closed(back))).toBe(true);
    expect(proxy.names.released).toEqual(["failure"]);
  });

  it("the server's timeoutMs while its name is unknown", async () => {
    await using proxy = await proxyTo([], { server: { timeoutMs: 100 } });
    proxy.names.hold = new Promise(() => {});
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 503 .*exceeded 100\.milliseconds/s);
    expect(proxy.names.aborted).toBe(1);
  });

  it("requestAttemptTimeoutMs is tried again where the classifier allows it", async () => {
    let requests = 0;
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n") && ++requests === 2) socket.write(ok);
    });
    await using proxy = await proxyTo([back.address], {
      client: { requestAttemptTimeoutMs: 200 },
      service: { responseClassifier: "io.l5d.http.retryableRead5XX" },
    });
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 200 /);
    expect(requests).toBe(2);
  });

  it("totalTimeoutMs is not tried again, and counts over all attempts", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], {
      client: { requestAttemptTimeoutMs: 150 },
      service: { responseClassifier: "io.l5d.http.retryableRead5XX", totalTimeoutMs: 400 },
    });
    const { text } = await exchange(proxy.port, get());
    expect(text).toContain("exceeded 400.milliseconds");
    expect(back.sockets.length).toBeGreaterThan(1);
  });

  it("a limit may have a long body", async () => {
    await using back = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
      setTimeout(() => socket.write("k"), 300);
    });
    await using proxy = await proxyTo([back.address], {
      client: { requestAttemptTimeoutMs: 100 },
      service: { totalTimeoutMs: 100 },
      server: { timeoutMs: 100 },
    });
    // A busy machine may need longer than the limit to get so far: then it is the limit that is seen.
    const { text } = await exchange(proxy.port, get());
    if (text.startsWith("HTTP/1.1 200")) expect(text.endsWith("ok")).toBe(true);
    else expect(text).toContain("exceeded 100.milliseconds");
  });
});

async function closed(back: RawServer): Promise<boolean> {
  await new Promise((resolve) => back.sockets[0]?.once("close", resolve));
  return true;
}

describe("l5d-ctx-deadline [parity: ctx-deadline]", () => {
  const context = (budgetMs: number, at = 1_700_000_000_000) => `l5d-ctx-deadline: ${at}000000 ${at + budgetMs}000000`;
  const told = (raw: string) => {
    const found = /l5d-ctx-deadline: (\d+) (\d+)\r\n/i.exec(raw);
    return found === null ? undefined : Number(BigInt(found[2] ?? 0) - BigInt(found[1] ?? 0)) / 1e6;
  };

  it("is written where there is a limit, with the strictest of them", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], {
      client: { requestAttemptTimeoutMs: 40_000 },
      service: { totalTimeoutMs: 20_000 },
      server: { timeoutMs: 30_000 },
    });
    await exchange(proxy.port, get());
    expect(told(back.all)).toBeGreaterThan(10_000);
    expect(told(back.all)).toBeLessThanOrEqual(20_000);
  });

  it("is not written where there is none", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    await exchange(proxy.port, get());
    expect(back.all).not.toMatch(/l5d-ctx-deadline/i);
  });

  it("of the client is passed on and kept, the strictest of several, whatever the client's clock says", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], { service: { totalTimeoutMs: 60_000 } });
    const { text } = await exchange(proxy.port, get("/", [context(5_000), context(300), "l5d-ctx-deadline: soon"]));
    expect(text).toMatch(/^HTTP\/1\.1 503 .*exceeded 300\.milliseconds/s);
    expect(told(back.all)).toBeLessThanOrEqual(300);
    expect(back.all.match(/l5d-ctx-deadline/gi)).toHaveLength(1);
  });

  it("that is over is answered at once", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    expect((await exchange(proxy.port, get("/", [context(-1)]))).text).toMatch(/^HTTP\/1\.1 503 /);
    expect(back.all).toBe("");
  });

  it("of an untrusted client is not believed", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], { clearContext: true });
    expect((await exchange(proxy.port, get("/", [context(-1)]))).text).toMatch(/^HTTP\/1\.1 200 /);
  });
});
