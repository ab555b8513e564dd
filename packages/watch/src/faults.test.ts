import { systemClock } from "@namerkit/core";
import {
  answer,
  type BehaviourName,
  type FaultyServer,
  faultyServer,
  flap,
  huge,
  json,
  reset,
  slow,
  trickle,
  trickleHead,
  until,
} from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http, type HttpOptions } from "./http.js";

let server: FaultyServer;
let client: Http;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

const use = (options: HttpOptions): void => {
  client.close();
  client = createHttp({ clock: systemClock }, options);
};
const socketsGone = () => until(() => server.openConnections === 0, { what: "every socket gone" });

beforeEach(async () => {
  process.on("unhandledRejection", note);
  server = await faultyServer();
  client = createHttp({ clock: systemClock });
});

afterEach(async () => {
  client.close();
  await client.drained();
  await socketsGone();
  await server.close();
  // Rejections are reported after the microtasks of the turn in which they went unheard.
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

describe("Http on real sockets", () => {
  it("keeps its connection from one request to the next", async () => {
    for (let i = 0; i < 3; i++) expect((await client.request(server.url)).json()).toEqual({ ok: true });
    expect([server.requestCount, server.connectionCount]).toEqual([3, 1]);
  });

  it.each<[BehaviourName, RegExp]>([
    ["hang", /no answer within 60 ms/],
    ["half-open", /no answer within 60 ms/],
    ["hang mid-body", /in the middle of the answer, after 5 bytes within 60 ms/],
  ])("%s: the deadline ends it, and the socket", async (name, message) => {
    server.behave(name);
    await expect(client.request(server.url, { deadlineMs: 60 })).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    await socketsGone();
  });

  it("is not held up by a trickle, of the body or of the head", async () => {
    for (const script of [trickle(5, answer("x".repeat(10_000))), trickleHead(5), slow(60_000, json(1))]) {
      server.behave(script);
      await expect(client.request(server.url, { deadlineMs: 100 })).rejects.toMatchObject({
        code: "NAMER_UNAVAILABLE",
      });
      await socketsGone();
    }
    server.behave(trickle(1, answer("slow but whole")));
    expect((await client.request(server.url)).text()).toBe("slow but whole");
  });

  it.each<BehaviourName>(["reset", "reset connection", "reset mid-body", "hang up", "truncate"])(
    "%s is unavailable at once, and never a shorter answer",
    async (name) => {
      server.behave(name);
      await expect(client.request(server.url)).rejects.toMatchObject({
        code: "NAMER_UNAVAILABLE",
        message: expect.stringContaining(`GET ${server.url}/: `),
      });
      await socketsGone();
    },
  );

  it("takes half of a chunked answer for no answer", async () => {
    server.behave({
      name: "half in chunks",
      request: ({ response, socket }) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write("[1,", () => socket.end());
      },
    });
    await expect(client.request(server.url)).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE" });
  });

  it("tells what is not HTTP from what is not JSON", async () => {
    server.behave("gibberish");
    await expect(client.request(server.url)).rejects.toMatchObject({ code: "NAMER_ANSWER" });
    for (const name of ["html", "truncated json"] as const) {
      server.behave(name);
      const { status, json } = await client
        .request(server.url)
        .then((a) => ({ status: a.status, json: () => a.json() }));
      expect(status).toBe(200);
      expect(json).toThrow(expect.objectContaining({ code: "NAMER_ANSWER" }));
    }
  });

  it("stops reading what is too large", async () => {
    server.behave(huge(256 * 1024 * 1024));
    await expect(client.request(server.url, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "NAMER_ANSWER" });
    await socketsGone();
    server.behave(answer("x".repeat(1_000_000), { status: 500 }));
    await expect(client.request(server.url)).rejects.toThrow(/status 500: x{200}…$/);
    await socketsGone();
  });

  it("believes an error status whose body breaks off", async () => {
    server.behave({
      name: "half an error",
      request: ({ response, socket }) => {
        response.writeHead(403, { "content-length": 100 });
        response.write("not you", () => socket.end());
      },
    });
    await expect(client.request(server.url)).rejects.toMatchObject({ code: "NAMER_REFUSED" });
  });

  it("says what was refused, and goes on when the server is back", async () => {
    await client.request(server.url);
    await server.refuse();
    await expect(client.request(server.url)).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    await server.revive();
    expect((await client.request(server.url)).status).toBe(200);
  });

  it("fails alike for those who waited for a connection in a queue", async () => {
    use({ connections: 2 });
    await server.refuse();
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, () => client.request(server.url, { deadlineMs: 2_000 })),
    );
    const codes = all.map((one) => one.status === "rejected" && /ECONNREFUSED/.test(String(one.reason)));
    expect(codes).toEqual(Array.from({ length: 6 }, () => true));
  });

  it("opens no more connections than allowed, and pipelines nothing", async () => {
    use({ connections: 2 });
    server.behave(slow(10, json(1)));
    await Promise.all(Array.from({ length: 10 }, () => client.request(server.url)));
    expect([server.requestCount, server.connectionCount]).toEqual([10, 2]);
    server.behave("hang");
    const before = server.requestCount;
    const queued = new AbortController();
    const failures = ["a", "b", "c"].map((path) =>
      expect(
        client.request(`${server.url}/${path}`, { deadlineMs: 150, ...(path === "c" && { signal: queued.signal }) }),
      ).rejects.toMatchObject({ code: path === "c" ? "ABORTED" : "NAMER_UNAVAILABLE" }),
    );
    await until(() => server.requestCount === before + 2);
    queued.abort();
    await failures[2];
    await Promise.all(failures);
    await socketsGone();
    expect(server.requestCount).toBe(before + 2);
  });

  it("recovers in turns with a server that does", async () => {
    server.behave(flap(json(1), reset()));
    const results: string[] = [];
    for (let i = 0; i < 4; i++) {
      results.push(
        await client.request(server.url).then(
          () => "ok",
          () => "failed",
        ),
      );
    }
    expect(results).toEqual(["ok", "failed", "ok", "failed"]);
  });

  it("gives up connecting after connectMs, and when nobody waits", async () => {
    // TLS to a server that never says hello: connected for the kernel, not for us.
    server.behave("half-open");
    const url = server.url.replace("http:", "https:");
    use({ connectMs: 50 });
    await expect(client.request(url)).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/no connection to 127\.0\.0\.1:\d+ within 50 ms/),
    });
    await socketsGone();
    use({});
    const controller = new AbortController();
    const waiting = client.request(url, { signal: controller.signal });
    await until(() => server.openConnections === 1);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await socketsGone();
    await expect(client.request(url, { deadlineMs: 60 })).rejects.toThrow(/no connection within 60 ms/);
    await socketsGone();
  });
});

describe("letting go", () => {
  const states: BehaviourName[] = ["hang", "half-open", "hang mid-body", "trickle", "trickle head", "slow", "huge"];

  it.each(states)("abort while the server would %s: the socket is gone, nothing comes after", async (name) => {
    server.behave(name);
    const controller = new AbortController();
    const waiting = client.request(server.url, { signal: controller.signal });
    const failed = expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await until(() => (name === "half-open" ? server.connectionCount : server.requestCount) === 1);
    controller.abort();
    await failed;
    await server.connections[0]?.closed;
    expect([server.connectionCount, server.openConnections]).toEqual([1, 0]);
  });

  it.each(states)("close while the server would %s: the same", async (name) => {
    server.behave(name);
    const failed = expect(client.request(server.url)).rejects.toMatchObject({ code: "CLOSED" });
    await until(() => server.connectionCount === 1);
    client.close();
    await failed;
    await client.drained();
    await server.connections[0]?.closed;
    expect([server.connectionCount, server.openConnections]).toEqual([1, 0]);
  });

  it("closes idle connections with the last that holds them, and opens new ones later", async () => {
    const [one, two] = [new AbortController(), new AbortController()];
    client.hold(one.signal);
    client.hold(two.signal);
    await client.request(server.url, { signal: one.signal });
    one.abort();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.openConnections).toBe(1);
    two.abort();
    await server.connections[0]?.closed;
    const three = new AbortController();
    client.hold(three.signal);
    expect((await client.request(server.url)).status).toBe(200);
    expect([server.connectionCount, server.openConnections]).toEqual([2, 1]);
    three.abort();
    await server.connections[1]?.closed;
  });

  it("leaves a request alone that somebody else has under way when the last holder goes", async () => {
    server.behave(slow(50, json(1)));
    const holder = new AbortController();
    client.hold(holder.signal);
    const other = client.request(server.url);
    await until(() => server.requestCount === 1);
    holder.abort();
    expect((await other).status).toBe(200);
    await socketsGone();
  });

  it("closes idle connections with the client", async () => {
    await client.request(server.url);
    expect(server.openConnections).toBe(1);
    client.close();
    await server.connections[0]?.closed;
  });
});
