import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const hints = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function answered(answer: string, request = get()): Promise<string> {
  await using back = await RawServer.start(always(answer));
  await using proxy = await proxyTo([back.address]);
  return (await exchange(proxy.port, request)).text;
}

describe("interim answers [parity: interim]", () => {
  it("are passed on as they come, before the answer", async () => {
    let finish = () => {};
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      socket.write(hints);
      finish = () => socket.write(ok);
    });
    await using proxy = await proxyTo([back.address]);
    let got = "";
    const answer = exchange(proxy.port, get(), (text) => {
      got = text;
      return false;
    });
    await until(() => got.includes("\r\n\r\n"));
    expect(got).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload\r\n\r\n$/);
    finish();
    expect((await answer).text).toMatch(/^HTTP\/1\.1 103 .*\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s);
  });

  it("several are several", async () => {
    const text = await answered(`HTTP/1.1 102 Processing\r\n\r\n${hints}HTTP/1.1 199 Odd\r\n\r\n${ok}`);
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 102", "HTTP/1.1 103", "HTTP/1.1 199", "HTTP/1.1 200"]);
  });

  it("are kept from a client that speaks HTTP/1.0", async () => {
    expect(await answered(hints + ok, "GET / HTTP/1.0\r\nHost: web\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("of a request behind another never come before the other's answer", async () => {
    let first = () => {};
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      if (soFar.includes("GET /1")) first = () => socket.write(ok);
      else socket.write(hints + ok.replace("ok", "2!"), () => first());
    });
    await using proxy = await proxyTo([back.address]);
    const text = (await exchange(proxy.port, `${get("/1").replace("Connection: close\r\n", "")}${get("/2")}`)).text;
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.endsWith("2!")).toBe(true);
  });

  it("without end are a 502", async () => {
    expect(await answered(hints.repeat(1_000))).toMatch(/HTTP\/1\.1 502 .*too many interim answers/s);
  });

  it("to a HEAD and before a 204 too", async () => {
    expect(await answered(`${hints}HTTP/1.1 204 No Content\r\n\r\n`)).toMatch(/^HTTP\/1\.1 103 .*HTTP\/1\.1 204 /s);
    expect(await answered(hints + ok.slice(0, -2), get().replace("GET", "HEAD"))).toMatch(
      /^HTTP\/1\.1 103 .*HTTP\/1\.1 200 /s,
    );
  });
});
