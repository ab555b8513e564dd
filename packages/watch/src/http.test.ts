import { ManualClock } from "@namerkit/core/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { createHttp, type HttpOptions } from "./http.js";

const ORIGIN = "http://catalogue.test";
const WALL = Date.UTC(2030, 0, 1);

function setUp(handlers: Parameters<typeof mswDispatcher>[0], options?: HttpOptions) {
  const clock = new ManualClock({ wall: WALL });
  return { clock, client: createHttp({ clock, dispatcher: mswDispatcher(handlers) }, options) };
}

const answering = (body: string | null, init: ResponseInit = {}) =>
  setUp([http.get("*", () => new HttpResponse(body, init))]);

describe("Http", () => {
  it("reads a whole answer, and leaves no timer", async () => {
    const { client, clock } = answering('{"a":"é"}', { status: 203, headers: { "X-Index": "7" } });
    const answer = await client.request(`${ORIGIN}/a`);
    expect([answer.status, answer.header("x-INDEX"), answer.header("none")]).toEqual([203, "7", undefined]);
    expect([answer.text(), answer.json(), answer.body.length]).toEqual(['{"a":"é"}', { a: "é" }, 10]);
    expect(answer.request).toBe(`GET ${ORIGIN}/a`);
    expect(clock.pending).toBe(0);
  });

  it("asks for JSON, uncompressed, with common headers and those of the request", async () => {
    const seen: Record<string, string>[] = [];
    const record = http.get("*", ({ request }) => {
      seen.push(Object.fromEntries(request.headers));
      return HttpResponse.json([]);
    });
    const { client } = setUp([record], { headers: { "X-One": "1", "x-two": "2" } });
    await client.request("http://me:p%40ss@catalogue.test/", { headers: { "X-Two": "two" } });
    expect(seen).toEqual([
      {
        accept: "application/json",
        "accept-encoding": "identity",
        authorization: `Basic ${btoa("me:p@ss")}`,
        "x-one": "1",
        "x-two": "two",
      },
    ]);
  });

  it.each([
    [401, "NAMER_REFUSED"],
    [403, "NAMER_REFUSED"],
    [404, "NAMER_ANSWER"],
    [400, "NAMER_ANSWER"],
    [302, "NAMER_ANSWER"],
    [408, "NAMER_UNAVAILABLE"],
    [429, "NAMER_UNAVAILABLE"],
    [500, "NAMER_UNAVAILABLE"],
    [503, "NAMER_UNAVAILABLE"],
  ])("%i is %s, with the server's words", async (status, code) => {
    const { client } = answering("no\u001b\nway", { status });
    await expect(client.request(`${ORIGIN}/a?token=abc`)).rejects.toMatchObject({
      code,
      message: `GET ${ORIGIN}/a?token=***: status ${status}: no way`,
    });
  });

  it("takes the statuses it is told to expect", async () => {
    const { client } = answering("gone", { status: 404 });
    expect((await client.request(ORIGIN, { expect: [404] })).status).toBe(404);
    expect((await client.request(ORIGIN, { expect: "any" })).status).toBe(404);
    await expect(client.request(ORIGIN, { expect: [410] })).rejects.toMatchObject({ code: "NAMER_ANSWER" });
  });

  it.each([
    ["7", 7_000],
    ["Tue, 01 Jan 2030 00:00:30 GMT", 30_000],
    ["whenever", undefined],
  ])("heeds Retry-After: %s", async (value, ms) => {
    const { client } = answering("", { status: 503, headers: { "retry-after": value } });
    await expect(client.request(ORIGIN)).rejects.toMatchObject({ retryAfterMs: ms });
  });

  it("does not follow redirects, and names where they lead without secrets", async () => {
    const location = "http://user:pass@elsewhere/x?token=abc";
    const { client } = answering(null, { status: 307, headers: { location } });
    await expect(client.request(ORIGIN)).rejects.toMatchObject({
      code: "NAMER_ANSWER",
      message: `GET ${ORIGIN}/: status 307 to http://elsewhere/x?token=***`,
    });
    const relative = answering(null, { status: 301, headers: { location: "/login?next=%2F" } });
    await expect(relative.client.request(ORIGIN)).rejects.toMatchObject({
      message: `GET ${ORIGIN}/: status 301 to /login`,
    });
  });

  it("quotes no more than 200 characters, and none of the request's secrets", async () => {
    const { client } = answering(`bad token s3cr3t ${"x".repeat(50_000)}`, { status: 500 });
    const failed = client.request(ORIGIN, { headers: { authorization: "Bearer s3cr3t" } });
    const { message } = (await failed.catch((error: Error) => error as Error & { message: string })) as Error;
    expect(message).toContain("status 500: bad token *** xxx");
    expect(message.length).toBeLessThan(300);
    const json = answering('{"token":"s3cr3t",');
    const answer = await json.client.request(ORIGIN, { headers: { "x-token": "s3cr3t" } });
    expect(() => answer.json()).toThrow(/ends too early.*"token":"\*\*\*"/);
  });

  it("says what came instead of JSON", async () => {
    const { client } = answering("<html>", { headers: { "content-type": "text/html" } });
    const answer = await client.request(`${ORIGIN}/a`);
    expect(() => answer.json()).toThrow(`GET ${ORIGIN}/a: text/html: not JSON: at offset 0: <html>`);
  });

  it("refuses bodies that are too large, announced or not, and encoded ones", async () => {
    const announced = answering("12345");
    await expect(announced.client.request(ORIGIN, { maxBytes: 4 })).rejects.toMatchObject({ code: "NAMER_ANSWER" });
    expect((await announced.client.request(ORIGIN, { maxBytes: 5 })).text()).toBe("12345");
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024)),
      cancel: () => {
        cancelled = true;
      },
    });
    const { client, clock } = setUp([http.get("*", () => new HttpResponse(endless))]);
    await expect(client.request(ORIGIN, { maxBytes: 10_000 })).rejects.toMatchObject({
      code: "NAMER_ANSWER",
      message: `GET ${ORIGIN}/: the answer is larger than 10000 bytes`,
    });
    await clock.advance(0);
    expect([cancelled, clock.pending]).toEqual([true, 0]);
    const gzip = answering("x", { headers: { "content-encoding": "gzip" } });
    await expect(gzip.client.request(ORIGIN)).rejects.toThrow(/encoded as gzip/);
  });

  it("has its own deadline, for headers and body together", async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
    const { client, clock } = setUp([
      http.get("/never", () => new Promise<Response>(() => {})),
      http.get("/half", async () => {
        await clock.sleep(60);
        return new HttpResponse(body);
      }),
    ]);
    const never = expect(client.request(`${ORIGIN}/never`, { deadlineMs: 100 })).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: `GET ${ORIGIN}/never: no answer within 100 ms`,
    });
    const half = expect(client.request(`${ORIGIN}/half`, { deadlineMs: 100 })).rejects.toMatchObject({
      message: `GET ${ORIGIN}/half: in the middle of the answer, after 3 bytes within 100 ms`,
    });
    await clock.advance(99);
    expect(clock.pending).toBe(2);
    await clock.advance(1);
    await Promise.all([never, half]);
    expect(clock.pending).toBe(0);
  });

  it("aborts with the reason of its signal", async () => {
    const { client, clock } = setUp([http.get("*", () => new Promise<Response>(() => {}))]);
    const controller = new AbortController();
    const waiting = client.request(ORIGIN, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await expect(client.request(ORIGIN, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(clock.pending).toBe(0);
  });

  it("fails what is under way when it is closed, and all that comes after", async () => {
    const { client, clock } = setUp([http.get("*", () => new Promise<Response>(() => {}))]);
    const waiting = client.request(ORIGIN);
    client.close();
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(client.request(ORIGIN)).rejects.toMatchObject({ code: "CLOSED" });
    await client.drained();
    expect(clock.pending).toBe(0);
  });

  it("bounds what is under way", async () => {
    const { client } = setUp([http.get("*", () => new Promise<Response>(() => {}))], { maxPending: 1 });
    const first = client.request(ORIGIN);
    await expect(client.request(ORIGIN)).rejects.toMatchObject({ code: "WATCH_TOO_MANY_REQUESTS" });
    client.close();
    await expect(first).rejects.toMatchObject({ code: "CLOSED" });
  });

  it.each<[string, object]>([
    ["not a url ?token=abc", {}],
    ["ftp://host/", {}],
    ["http://%zz:x@host/", {}],
    [ORIGIN, { deadlineMs: 0 }],
    [ORIGIN, { deadlineMs: Number.POSITIVE_INFINITY }],
    [ORIGIN, { deadlineMs: Number.NaN }],
    [ORIGIN, { maxBytes: Number.NaN }],
  ])("rejects what cannot be sent: %s %o", async (url, options) => {
    const { client, clock } = answering("");
    const failed = await client.request(url, options).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "WATCH_REQUEST_INVALID" });
    expect(String(failed)).not.toContain("abc");
    expect(clock.pending).toBe(0);
  });

  it("reports a dispatcher that throws", async () => {
    const clock = new ManualClock();
    const dispatcher = {
      dispatch: () => {
        throw new Error("broken");
      },
    };
    await expect(createHttp({ clock, dispatcher }).request(ORIGIN)).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: `GET ${ORIGIN}/: no connection: broken`,
    });
    expect(clock.pending).toBe(0);
  });
});
