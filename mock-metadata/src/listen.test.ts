import { once } from "node:events";
import { createServer, get } from "node:http";
import { connect, type Socket } from "node:net";
import { ManualClock } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Listening, listen } from "./listen.js";
import { Metadata } from "./metadata.js";

let clock: ManualClock;
let metadata: Metadata;
let listening: Listening;

beforeEach(async () => {
  clock = new ManualClock();
  metadata = new Metadata("stacks: { s: { services: { w: { addresses: [127.0.0.1] } } } }", {
    clock,
    random: Math.random,
  });
  listening = await listen(metadata);
});
afterEach(() => listening.close());

const url = (path: string): string => `http://127.0.0.1:${listening.port}${path}`;
const pollPath = (): string => `/latest/version?wait=true&value=${metadata.version}`;

async function connected(): Promise<Socket> {
  const socket = connect(listening.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** What comes back for these bytes, until the server has answered and closed. */
async function raw(head: string): Promise<string> {
  const socket = await connected();
  socket.end(`${head}\r\nHost: m\r\nConnection: close\r\n\r\n`);
  let seen = "";
  for await (const chunk of socket.setEncoding("latin1")) seen += chunk;
  return seen;
}

async function errorOf(socket: Socket): Promise<string | undefined> {
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  return error.code;
}

describe("listen", () => {
  it("answers, and knows who asks", async () => {
    const answer = await fetch(url("/latest/self/container/name"), { headers: { connection: "close" } });
    expect([answer.status, await answer.text()]).toEqual([200, "s-w-1"]);
    expect(answer.headers.get("content-length")).toBe("5");
  });

  it("HEAD has the length, and no body", async () => {
    const answer = await raw("HEAD /latest/name HTTP/1.1");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/content-length: 7\r\n/i);
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  it.each([
    ["TRACE / HTTP/1.1", 404],
    ["OPTIONS * HTTP/1.1", 404],
    ["PROPFIND /latest HTTP/1.1", 404],
    ["GET //latest HTTP/1.1", 301],
    ["GET //[::bad/ HTTP/1.1", 301],
    ["GET http://elsewhere/latest/name HTTP/1.1", 200],
    ["GET http://[/ HTTP/1.1", 400],
    ["GET /%zz HTTP/1.1", 400],
  ])("%s is a %d", async (head, status) => {
    expect(await raw(head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(listening.sockets).toBe(0);
  });

  it("a long poll is answered by the change that it waits for", async () => {
    const answer = fetch(url(pollPath()), { headers: { connection: "close" } });
    await until(() => metadata.waiting === 1, { what: "the poll" });
    metadata.scale("s/w", 2);
    expect(await (await answer).text()).toBe(metadata.version);
  });

  it("a client that goes frees what waits for it at once", async () => {
    const request = get(url(pollPath()), { agent: false });
    request.on("error", () => {});
    await until(() => metadata.waiting === 1, { what: "the poll" });
    request.destroy();
    await until(() => metadata.waiting === 0, { what: "no poll" });
    expect(clock.pending).toBe(0);
  });

  it("keeps an idle connection open", async () => {
    const socket = await connected();
    for (let i = 0; i < 2; i++) {
      socket.write("GET /latest/name HTTP/1.1\r\nHost: m\r\n\r\n");
      const [chunk] = (await once(socket, "data")) as [Buffer];
      expect(chunk.toString()).not.toMatch(/keep-alive: timeout/i);
    }
    expect(listening.sockets).toBe(1);
    socket.destroy();
  });
});

describe("taken down", () => {
  it("resets what is open, idle or waiting, and refuses what is new", async () => {
    const [idle, polling] = [await connected(), await connected()];
    polling.write(`GET ${pollPath()} HTTP/1.1\r\nHost: m\r\n\r\n`);
    await until(() => metadata.waiting === 1 && listening.sockets === 2, { what: "both" });
    const ends = [errorOf(idle), errorOf(polling)];
    metadata.takeDown();
    expect(await Promise.all(ends)).toEqual(["ECONNRESET", "ECONNRESET"]);
    await until(() => listening.sockets === 0, { what: "no socket" });
    expect(await errorOf(connect(listening.port, "127.0.0.1"))).toBe("ECONNREFUSED");
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
  });

  it("comes back on the same port", async () => {
    const { port } = listening;
    metadata.takeDown();
    expect(await errorOf(connect(port, "127.0.0.1"))).toBe("ECONNREFUSED");
    metadata.bringBack();
    const back = async () => {
      const answer = await fetch(url("/latest/version"), { headers: { connection: "close" } }).catch(() => undefined);
      return answer?.text();
    };
    expect([await until(back, { what: "an answer" }), listening.port]).toEqual([metadata.version, port]);
  });

  it("however fast it changes, the last word counts", async () => {
    for (let i = 0; i < 5; i++) {
      metadata.takeDown();
      metadata.bringBack();
    }
    metadata.takeDown();
    await listening.close();
    expect(await errorOf(connect(listening.port, "127.0.0.1"))).toBe("ECONNREFUSED");
    listening = await listen(metadata);
    metadata.bringBack();
    metadata.takeDown();
    metadata.bringBack();
    await until(
      async () => {
        const socket = connect(listening.port, "127.0.0.1");
        const open = await Promise.race([
          once(socket, "connect").then(() => true),
          errorOf(socket).then(() => false),
        ]).catch(() => false);
        socket.destroy();
        return open;
      },
      { what: "an open port" },
    );
  });

  it("says when its port has been taken meanwhile", async () => {
    const errors: Error[] = [];
    const one = await listen(metadata, { onError: (error) => errors.push(error) });
    metadata.takeDown();
    await until(() => one.sockets === 0, { what: "no socket" });
    const thief = createServer();
    await until(
      () =>
        new Promise<boolean>((resolve) => {
          thief.once("error", () => resolve(false));
          thief.listen(one.port, "127.0.0.1", () => resolve(true));
        }),
      { what: "the port" },
    );
    metadata.bringBack();
    await until(() => errors.length > 0, { what: "the error" });
    expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(["EADDRINUSE"]);
    await one.close();
    thief.close();
  });
});

describe("close", () => {
  it("leaves no socket, no waiter, no timer, and the port free", async () => {
    const poll = fetch(url(pollPath())).then(
      () => "answered",
      () => "broken",
    );
    await until(() => metadata.waiting === 1, { what: "the poll" });
    await Promise.all([listening.close(), listening.close()]);
    expect(await poll).toBe("broken");
    await until(() => metadata.waiting === 0, { what: "no poll" });
    expect([listening.sockets, clock.pending]).toEqual([0, 0]);
    const { port } = listening;
    listening = await listen(metadata, { port });
    expect(listening.port).toBe(port);
  });

  it("is the end: bringing it back opens nothing", async () => {
    await listening.close();
    metadata.takeDown();
    metadata.bringBack();
    expect(await errorOf(connect(listening.port, "127.0.0.1"))).toBe("ECONNREFUSED");
  });
});

it("rejects when its port is taken, or is none", async () => {
  await expect(listen(metadata, { port: listening.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await expect(listen(metadata, { port: 65_536 })).rejects.toMatchObject({ code: "ERR_SOCKET_BAD_PORT" });
});
