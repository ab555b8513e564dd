import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const chunked = (trailers: string, announced = "") =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${announced}\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`;

async function answered(answer: string, request = get()): Promise<string> {
  await using back = await RawServer.start(always(answer));
  await using proxy = await proxyTo([back.address]);
  return (await exchange(proxy.port, request)).text;
}

/** What an endpoint gets of a chunked request. */
async function sent(trailers: string, head = "", method = "POST"): Promise<string> {
  await using back = await RawServer.start((socket, soFar) => {
    if (/\r\n0\r\n(?:.+\r\n)*\r\n$/.test(soFar)) socket.write(ok);
  });
  await using proxy = await proxyTo([back.address]);
  const request = `${method} / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${head}\r\n`;
  await exchange(proxy.port, `${request}3\r\none\r\n3\r\ntwo\r\n0\r\n${trailers}\r\n`);
  return back.all;
}

describe("the trailers of an answer [parity: interim]", () => {
  it.each(["", "Trailer: X-Sum, X-Time\r\n"])("are passed on as trailers, announced or not (%j)", async (announced) => {
    const text = await answered(chunked("X-Sum: abc\r\nX-Time: 1\r\n", announced));
    const [head = ""] = text.split("\r\n\r\n");
    expect(head).not.toMatch(/x-sum/i);
    expect(text.endsWith("\r\n0\r\nX-Sum: abc\r\nX-Time: 1\r\n\r\n")).toBe(true);
  });

  it("are dropped where the client cannot get any", async () => {
    const text = await answered(chunked("X-Sum: abc\r\n"), "GET / HTTP/1.0\r\nHost: web\r\n\r\n");
    expect(text.split("\r\n\r\n")[1]).toBe("hello");
    expect(text).not.toMatch(/x-sum/i);
  });

  it("say nothing of framing, of who is asking, of how to read the body, and nothing in the proxy's name", async () => {
    const evil = ["Transfer-Encoding: x", "Host: evil", "Set-Cookie: a=b", "Content-Type: text/evil", "l5d-err: x"];
    const text = await answered(chunked(`${evil.join("\r\n")}\r\nX-Sum: abc\r\n`));
    expect(text.split("\r\n0\r\n")[1]).toBe("X-Sum: abc\r\n\r\n");
  });

  it("that pretend to a length cut the answer", async () => {
    const text = await answered(chunked("Content-Length: 99\r\n"));
    expect(text.endsWith("0\r\n\r\n")).toBe(false);
  });
});

describe("the trailers of a request [parity: interim]", () => {
  it.each(["", "Trailer: X-Sum\r\n"])("are passed on as trailers, announced or not (%j)", async (announced) => {
    const raw = await sent("X-Sum: abc\r\nX-Two: 2\r\n", announced);
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/x-sum/i);
    expect(raw.endsWith("\r\n0\r\nX-Sum: abc\r\nX-Two: 2\r\n\r\n")).toBe(true);
    expect(raw).toContain("one");
    expect(raw).toContain("two");
  });

  it("never change the framing, the destination or the context", async () => {
    const evil = ["Host: evil", "l5d-dtab: /a=>/b", "Authorization: x", "X-Forwarded-For: 1", "Connection: close"];
    expect((await sent(`${evil.join("\r\n")}\r\n`)).endsWith("two\r\n0\r\n\r\n")).toBe(true);
    // node refuses this one itself, in the middle of the request.
    expect(await sent("Transfer-Encoding: x\r\n")).not.toMatch(/Transfer-Encoding: x/);
  });

  it("are not sent with the next request on the same connection", async () => {
    let requests = 0;
    await using back = await RawServer.start((socket, soFar) => {
      const whole = soFar.match(/\r\n0\r\n(?:.+\r\n)*\r\n/g)?.length ?? 0;
      while (requests < whole) {
        requests++;
        socket.write(ok);
      }
    });
    await using proxy = await proxyTo([back.address]);
    const head = "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n";
    const first = `${head}\r\n1\r\na\r\n0\r\nX-Sum: abc\r\n\r\n`;
    await exchange(proxy.port, [first], (text) => text.endsWith("ok"));
    await exchange(proxy.port, [`${head}\r\n1\r\nb\r\n0\r\n\r\n`], (text) => text.endsWith("ok"));
    expect(back.sockets).toHaveLength(1);
    expect(back.all.match(/x-sum/gi)).toHaveLength(1);
    expect(back.all.endsWith("\r\nb\r\n0\r\n\r\n")).toBe(true);
  });
});
