import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

async function answered(bytes: string, request = get()) {
  await using back = await RawServer.start((socket, soFar) => {
    if (!soFar.endsWith("\r\n\r\n")) return;
    if (bytes.endsWith("<EOF>")) socket.end(bytes.slice(0, -5), "latin1");
    else socket.write(bytes, "latin1");
  });
  await using proxy = await proxyTo([back.address]);
  const { text, ended, reset } = await exchange(proxy.port, request);
  const [head = "", ...body] = text.split("\r\n\r\n");
  const [line = "", ...headers] = head.split("\r\n");
  return { line, headers, head, body: body.join("\r\n\r\n"), ended, reset, proxy };
}

describe("headers of an answer", () => {
  it("are passed on with Via and l5d-success-class [parity: via, success-class]", async () => {
    const { headers, body } = await answered(
      "HTTP/1.1 201 Made\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nVia: 1.1 linkerd\r\nX-Latin: caf\xe9\r\n\r\nok",
    );
    expect(headers).toContain("Set-Cookie: a=1");
    expect(headers).toContain("set-cookie: b=2");
    expect(headers).toContain("Via: 1.1 linkerd, 1.1 linkerd");
    expect(headers).toContain("l5d-success-class: 1.0");
    expect(headers).toContain("X-Latin: caf\xe9");
    expect(body).toBe("ok");
  });

  it("say when the endpoint failed, whatever it says itself [parity: success-class]", async () => {
    const { line, headers, proxy } = await answered(
      "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nl5d-success-class: 1.0\r\n\r\n",
    );
    expect(line).toMatch(/^HTTP\/1\.1 503 /);
    expect(headers.filter((one) => one.startsWith("l5d-success-class"))).toEqual(["l5d-success-class: 0.0"]);
    expect(proxy.names.released).toEqual(["failure"]);
  });

  it("lose hop-by-hop headers and those that Connection names [parity: hop-by-hop]", async () => {
    const { head } = await answered(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\n" +
        "Proxy-Authenticate: Basic\r\nTrailer: X-T\r\nUpgrade: h2c\r\nTE: x\r\nX-Kept: 1\r\n\r\n",
    );
    expect(head).toContain("X-Kept: 1");
    expect(head).not.toMatch(/x-hop|proxy-authenticate|trailer|upgrade|\nte:|timeout=1/i);
  });
});

describe("framing of an answer", () => {
  it("of known length stays so", async () => {
    const { headers, body } = await answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    expect(headers).toContain("Content-Length: 5");
    expect(headers.join()).not.toMatch(/transfer-encoding/i);
    expect(body).toBe("hello");
  });

  it("in chunks comes out in chunks", async () => {
    const { headers, body } = await answered(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    expect(headers).toContain("Transfer-Encoding: chunked");
    expect(headers.join()).not.toMatch(/content-length/i);
    expect(body).toBe("5\r\nhello\r\n0\r\n\r\n");
  });

  it("that ends with the connection becomes chunks [parity: until-close]", async () => {
    const { headers, body } = await answered("HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nhello<EOF>");
    expect(headers).toContain("Transfer-Encoding: chunked");
    expect(body).toBe("5\r\nhello\r\n0\r\n\r\n");
  });

  it("for an HTTP/1.0 client never uses chunks", async () => {
    const { headers, body, ended } = await answered(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: web\r\n\r\n",
    );
    expect(headers.join()).not.toMatch(/transfer-encoding/i);
    expect(body).toBe("hello");
    expect(ended).toBe(true);
  });

  it.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "Content-Length: 5"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n", "ETag: x"],
    ["GET", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", "X-A: 1"],
  ])("%s answered with %j has no body", async (method, bytes, header) => {
    const request = `${method} / HTTP/1.1\r\nHost: web\r\n\r\n${method} / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`;
    await using back = await RawServer.start(always(bytes));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, request);
    expect(text.split("\r\n\r\n").filter((part) => part !== "")).toHaveLength(2);
    expect(text).toContain(header);
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  it("never gives a 204 a length", async () => {
    const { head } = await answered("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 204 /);
    expect(head).not.toMatch(/content-length/i);
  });
});

describe("the head of an answer", () => {
  it("does not wait for its body", async () => {
    await using back = await RawServer.start(
      always("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"),
    );
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, get(), (soFar) => soFar.endsWith("\r\n\r\n"));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
  });

  it("reaches a client that is still sending at once, even if there is no body", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"));
    // The time that the client has for the rest of its body never passes.
    await using proxy = await proxyTo([back.address], { clock: new ManualClock() });
    const upload = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000\r\n\r\npart";
    const { text } = await exchange(proxy.port, upload, (soFar) => soFar.endsWith("\r\n\r\n"));
    expect(text).toMatch(/^HTTP\/1\.1 302 /);
  });
});

describe("an answer that is not HTTP [parity: lengths, length-and-chunks, broken-endpoint]", () => {
  it.each([
    ["garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["conflicting lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a length beyond any number", "HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\na"],
    // Passed on as they come, the client would take the coded bytes for the content.
    ["a compressed transfer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzzzz<EOF>"],
    [
      "a transfer compressed and in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
    ],
    ["chunks within something else", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nzzzz<EOF>"],
    [
      "two transfer codings",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n<EOF>",
    ],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["a control character in a header", "HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n"],
    ["a NUL in a header", "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n"],
    ["a bare CR in a header", "HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 0\r\n\r\n"],
    ["a header name with a space", "HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"],
    ["a status below 100", "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["a head that is too large", `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(70_000)}\r\nContent-Length: 0\r\n\r\n`],
    ["switching protocols unasked", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
    ["an unasked 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["the end at once", "<EOF>"],
    ["the end within the head", "HTTP/1.1 200 OK\r\nX-A: <EOF>"],
  ])("%s is a 502 that says so, and hurts nothing else", async (_what, bytes) => {
    const { line, headers, body, proxy } = await answered(bytes);
    expect(line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(headers).toContain("Content-Type: text/plain");
    expect(headers).toContain("l5d-success-class: 0.0");
    expect(headers.find((one) => one.startsWith("l5d-err: "))?.length).toBeGreaterThan(15);
    expect(body).toMatch(
      /\n\nservice name: \/svc\/web\nclient name: \/#\/fake\/web\nselected address: 127\.0\.0\.1:\d+$/,
    );
    expect(proxy.names.released).toEqual(["failure"]);
  });

  it("never shares its connection with the next request", async () => {
    await using back = await RawServer.start((socket, _soFar, connection) => {
      if (connection === 0)
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Evil: 1\r\n\r\n");
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
    });
    await using proxy = await proxyTo([back.address]);
    await exchange(proxy.port, get("/1"));
    const { text } = await exchange(proxy.port, get("/2"));
    expect(text).toMatch(/\r\n\r\ngood$/);
    expect(text).not.toContain("X-Evil");
  });
});
