import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../until.js";
import { answer, flap, huge, json } from "./answers.js";
import type { Behaviour } from "./behaviour.js";
import { type BehaviourName, behaviours } from "./named.js";
import { type FaultyServer, faultyServer } from "./server.js";
import { slow, trickle, trickleHead } from "./silences.js";

/** What arrives at the other end of a bare socket: the tests must not depend on an HTTP client's view of a broken server. */
class Client {
  readonly socket: Socket;
  text = "";
  error: NodeJS.ErrnoException | undefined;
  closed = false;
  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("close", () => {
      this.closed = true;
    });
  }
  get(target = "/"): this {
    this.socket.write(`GET ${target} HTTP/1.1\r\nhost: here\r\n\r\n`);
    return this;
  }
}

let server: FaultyServer;
const clients: Client[] = [];
const client = (): Client => {
  const one = new Client(server.port);
  clients.push(one);
  return one;
};

beforeEach(async () => {
  server = await faultyServer();
});
afterEach(async () => {
  for (const one of clients.splice(0)) one.socket.destroy();
  await server.close();
});

const arrived = (one: Client, text: string) => until(() => one.text.includes(text), { what: text });
const over = (one: Client) => until(() => one.closed, { what: "the end of the connection" });

describe("faultyServer", () => {
  it("answers, logs the request, and keeps the connection", async () => {
    server.behave(json([1]));
    const one = client().get("/a?b=c");
    await arrived(one, "[1]");
    one.get("/d");
    await until(() => server.requestCount === 2);
    expect(
      server.requests.map(({ method, url, number, connection }) => [method, url, number, connection.number]),
    ).toEqual([
      ["GET", "/a?b=c", 1, 1],
      ["GET", "/d", 2, 1],
    ]);
    expect(server.requests[0]?.headers["host"]).toBe("here");
    expect(server.connections).toMatchObject([{ open: true, requests: 2 }]);
  });

  it.each<BehaviourName>(["hang", "half-open"])(
    "%s: nothing arrives, and the client's leaving is seen",
    async (name) => {
      server.behave(name);
      const one = client().get();
      await until(() => server.connectionCount === 1);
      if (name === "hang") await until(() => server.requestCount === 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect([one.text, one.closed, server.openConnections]).toEqual(["", false, 1]);
      expect(server.requestCount).toBe(name === "hang" ? 1 : 0);
      one.socket.destroy();
      await server.connections[0]?.closed;
      expect(server.openConnections).toBe(0);
    },
  );

  it("hangs mid-body", async () => {
    server.behave("hang mid-body");
    const one = client().get();
    await arrived(one, '{"ok"');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(one.text).not.toContain("true");
    expect(one.closed).toBe(false);
  });

  it.each<BehaviourName>(["reset", "reset connection"])("%s: nothing but a reset", async (name) => {
    server.behave(name);
    const one = client().get();
    await over(one);
    expect(one.text).toBe("");
    expect(one.error?.code).toMatch(/ECONNRESET|EPIPE/);
    expect(server.requestCount).toBe(name === "reset" ? 1 : 0);
  });

  it("resets mid-body", async () => {
    server.behave("reset mid-body");
    const one = client().get();
    await over(one);
    expect(one.text).toContain("200 OK");
    expect(one.error?.code).toBe("ECONNRESET");
  });

  it("truncates in good order: less than was announced, and no error of the socket", async () => {
    server.behave("truncate");
    const one = client().get();
    await over(one);
    const [head = "", body = ""] = one.text.split("\r\n\r\n");
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThan(Number(/content-length: (\d+)/i.exec(head)?.[1]));
    expect(one.error).toBeUndefined();
  });

  it("hangs up without a word, and speaks something else", async () => {
    server.behave("hang up");
    const silent = client().get();
    await over(silent);
    expect([silent.text, silent.error]).toEqual(["", undefined]);
    server.behave("gibberish");
    const other = client().get();
    await over(other);
    expect(other.text).toMatch(/^220 /);
  });

  it("truncates JSON, not the message", async () => {
    server.behave("truncated json");
    const one = client().get();
    await arrived(one, "\r\n\r\n{");
    const [head = "", body = ""] = one.text.split("\r\n\r\n");
    expect(body.length).toBe(Number(/content-length: (\d+)/i.exec(head)?.[1]));
    expect(() => JSON.parse(body)).toThrow(SyntaxError);
  });

  it("answers with a page", async () => {
    server.behave("html");
    await arrived(client().get(), "</html>");
  });

  it("trickles bodies and heads", async () => {
    server.behave(trickle(2, answer("abc")));
    const one = client().get();
    await arrived(one, "\r\n\r\n");
    await arrived(one, "abc");
    server.behave(trickleHead(1, answer("def")));
    const other = client().get();
    await arrived(other, "HT");
    await arrived(other, "\r\n\r\ndef");
  });

  it("delays what comes after, but not for a client that has left", async () => {
    const after = answer("late");
    let asked = 0;
    const seen: Behaviour = {
      name: "seen",
      request: (exchange) => {
        asked++;
        return after.request(exchange);
      },
    };
    server.behave(slow(20, seen));
    await arrived(client().get(), "late");
    expect(asked).toBe(1);
    server.behave(slow(60_000, seen));
    const gone = client().get();
    await until(() => server.requestCount === 2);
    gone.socket.destroy();
    await server.connections[1]?.closed;
    expect(asked).toBe(1);
  });

  it("sends as many bytes as asked, no faster than they are read", async () => {
    server.behave(huge(300_000));
    const one = client().get();
    await arrived(one, "\r\n0\r\n\r\n");
    expect(one.text.split("x").length - 1).toBe(300_000 - 2);
    server.behave("huge");
    const two = client();
    two.socket.pause();
    two.get();
    await until(() => server.requestCount === 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(two.socket.bytesRead).toBeLessThan(32 * 1024 * 1024);
  });

  it("flaps from one request to the next", async () => {
    server.behave(flap(answer("one"), answer("two")));
    const one = client().get();
    await arrived(one, "one");
    one.get();
    await arrived(one, "two");
    one.get();
    await until(() => one.text.split("one").length === 3);
  });

  it("chooses by request", async () => {
    server.behave(({ url }) => answer(url === "/a" ? "A!" : "other"));
    const one = client().get("/b");
    await arrived(one, "other");
    await arrived(one.get("/a"), "A!");
  });

  it("refuses and comes back on the same port", async () => {
    const { port } = server;
    const before = client().get();
    await arrived(before, "ok");
    await server.refuse();
    await over(before);
    const refused = client();
    await over(refused);
    expect(refused.error?.code).toBe("ECONNREFUSED");
    await server.revive();
    expect(server.port).toBe(port);
    await arrived(client().get(), "ok");
  });

  it("says so when its port is gone", async () => {
    const other = await faultyServer();
    const { port } = other;
    await other.refuse();
    const thief = await import("node:http").then(({ createServer }) => createServer().listen(port, "127.0.0.1"));
    await once(thief, "listening");
    await expect(other.revive()).rejects.toMatchObject({ code: "TESTING_PORT_TAKEN" });
    thief.close();
    await other.close();
  });

  it("tells the test about a script that throws", async () => {
    const broken = await faultyServer(() => {
      throw new Error("typing error");
    });
    const one = new Client(broken.port).get();
    await arrived(one, "500");
    await expect(broken.close()).rejects.toThrow("typing error");
  });

  it.each(Object.keys(behaviours) as BehaviourName[])("%s: close ends it while it is under way", async (name) => {
    const mine = await faultyServer(name);
    const one = new Client(mine.port).get();
    await until(() => mine.connectionCount > 0);
    await mine.close();
    await over(one);
    expect(mine.openConnections).toBe(0);
  });
});
