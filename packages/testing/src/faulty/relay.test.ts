import { once } from "node:events";
import { get, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../until.js";
import { answer, json } from "./answers.js";
import { resetMidBody } from "./breaks.js";
import { type Relay, relay } from "./relay.js";
import { type FaultyServer, faultyServer } from "./server.js";
import { connectionLimit, inPieces, slowHead, wrongStatus } from "./shapes.js";
import { hang, hangMidBody } from "./silences.js";

let backend: FaultyServer;
let gate: FaultyServer;
let passing: Relay;

beforeEach(async () => {
  backend = await faultyServer(json([1]));
  passing = relay(backend.url);
  gate = await faultyServer(passing);
});
afterEach(async () => {
  await gate.close();
  await backend.close();
});

async function ask(path = "/", url = gate.url): Promise<IncomingMessage> {
  const sent = get(`${url}${path}`, { agent: false });
  const [answered] = (await once(sent, "response")) as [IncomingMessage];
  // What comes later is an error of the answer, and of the request too.
  sent.on("error", () => {});
  return answered;
}

describe("relay", () => {
  it("passes path, query, headers and body there, and status, headers and body back", async () => {
    let body = "";
    backend.behave({
      name: "echo",
      async request({ incoming, response }) {
        body = await text(incoming);
        response.writeHead(201, "Made", { "x-index": "7", "set-cookie": ["a=1", "b=2"] }).end("done");
      },
    });
    const sent = request(`${gate.url}/a?b=c`, { agent: false, method: "PUT", headers: { "x-token": "t" } });
    sent.end("some text");
    const [back] = (await once(sent, "response")) as [IncomingMessage];
    expect([back.statusCode, back.statusMessage, back.headers["x-index"]]).toEqual([201, "Made", "7"]);
    expect(back.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect([await text(back), body]).toEqual(["done", "some text"]);
    expect(backend.requests[0]).toMatchObject({ method: "PUT", url: "/a?b=c", headers: { "x-token": "t" } });
  });

  it("passes on what has come of a body, before the rest comes", async () => {
    backend.behave(hangMidBody(answer("0123456789")));
    const back = await ask();
    const [chunk] = (await once(back, "data")) as [Buffer];
    expect([String(chunk), passing.underWay]).toEqual(["01234", 1]);
    back.destroy();
    await until(() => backend.openConnections === 0, { what: "the backend to be let go of, too" });
    expect(passing.underWay).toBe(0);
  });

  it("breaks off what the backend breaks off", async () => {
    backend.behave(resetMidBody(answer("0123456789")));
    const back = await ask();
    await expect(text(back)).rejects.toThrow();
    await backend.refuse();
    await expect(ask()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("falls silent towards the client when it is told to, and lets go of the backend", async () => {
    backend.behave(hang());
    const sent = get(gate.url, { agent: false });
    let heard = false;
    for (const event of ["response", "error", "close"]) sent.on(event, () => (heard = true));
    await until(() => passing.underWay === 1);
    await until(() => backend.requestCount === 1);
    passing.silence();
    await until(() => backend.openConnections === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([heard, gate.openConnections]).toEqual([false, 1]);
    sent.destroy();
  });

  it("answers instantly with what it has last seen on a path", async () => {
    await text(await ask("/version?value=0"));
    backend.behave(hang());
    gate.behave(passing.instant);
    expect(await text(await ask("/version?wait=true&value=1"))).toBe("[1]");
    expect(passing.lastAnswer("/version")?.status).toBe(200);
    const never = get(`${gate.url}/other`, { agent: false }).on("error", () => {});
    await until(() => passing.underWay === 1);
    never.destroy();
  });
});

describe("answers in another shape", () => {
  it("wrongStatus: in the server's words, with Retry-After", async () => {
    backend.behave(wrongStatus(429, { retryAfter: 7, body: "not so fast" }));
    const back = await ask("/", backend.url);
    expect([back.statusCode, back.headers["retry-after"], await text(back)]).toEqual([429, "7", "not so fast"]);
  });

  it("inPieces: each piece is a chunk of its own, and the body is whole", async () => {
    backend.behave(inPieces(answer("naïve"), [3, 3, 5], 5));
    const back = await ask("/", backend.url);
    const pieces: number[] = [];
    back.on("data", (piece: Buffer) => pieces.push(piece.length));
    await once(back, "end");
    // "ï" has two bytes, of which the first cut takes one.
    expect([pieces, back.headers["content-length"]]).toEqual([[3, 2, 1], undefined]);
  });

  it("slowHead: the status first, the rest later", async () => {
    const started = performance.now();
    backend.behave(slowHead(60, answer("late")));
    const back = await ask("/", backend.url);
    expect(await text(back)).toBe("late");
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  it("connectionLimit: resets what is too many, until there is room", async () => {
    backend.behave(connectionLimit(1, hang()));
    const first = get(backend.url, { agent: false }).on("error", () => {});
    await until(() => backend.requestCount === 1);
    await expect(ask("/", backend.url)).rejects.toMatchObject({ code: "ECONNRESET" });
    first.destroy();
    await until(() => backend.openConnections === 0);
    const second = get(backend.url, { agent: false }).on("error", () => {});
    await until(() => backend.requestCount === 2);
    second.destroy();
  });
});
