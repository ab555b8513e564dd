import { delay, HttpResponse, http } from "msw";
import { Agent, type Dispatcher, FormData, request, fetch as undiciFetch } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { answer } from "../faulty/answers.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { until } from "../until.js";
import { mswDispatcher } from "./dispatcher.js";

const ORIGIN = "http://catalogue.test";
const text = async (url: string, options: Parameters<typeof request>[1]) => (await request(url, options)).body.text();

describe("mswDispatcher", () => {
  it("answers request, fetch and stream", async () => {
    const dispatcher = mswDispatcher([http.get(`${ORIGIN}/a`, () => HttpResponse.json({ a: 1 }, { status: 201 }))]);
    const answered = await request(`${ORIGIN}/a`, { dispatcher });
    expect([answered.statusCode, answered.headers["content-type"]]).toEqual([201, "application/json"]);
    expect(await answered.body.json()).toEqual({ a: 1 });
    expect(await (await undiciFetch(`${ORIGIN}/a`, { dispatcher })).json()).toEqual({ a: 1 });
  });

  it("shows method, query, headers and body to the handler", async () => {
    const seen: unknown[] = [];
    const dispatcher = mswDispatcher([
      http.put(`${ORIGIN}/a`, async ({ request }) => {
        seen.push(new URL(request.url).search, request.headers.get("x-one"), await request.text());
        return new HttpResponse(null, { status: 204 });
      }),
    ]);
    const options = { dispatcher, method: "PUT" as const, body: "body", query: { q: "1", r: ["2", "3"] } };
    await request(`${ORIGIN}/a`, { ...options, headers: { "x-one": ["a", "b"] } }).then((r) => r.body.dump());
    await request(`${ORIGIN}/a`, { ...options, headers: ["x-one", "c"] }).then((r) => r.body.dump());
    const search = "?q=1&r=2&r=3";
    expect(seen).toEqual([search, "a, b", "body", search, "c", "body"]);
  });

  it("shows forms, and gives every cookie back", async () => {
    const dispatcher = mswDispatcher([
      http.post("/form", async ({ request }) => {
        const field = (await request.formData()).get("field");
        return HttpResponse.text(String(field), {
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ],
        });
      }),
    ]);
    const body = new FormData();
    body.set("field", "value");
    const answered = await undiciFetch(`${ORIGIN}/form`, { dispatcher, method: "POST", body });
    expect(await answered.text()).toBe("value");
    expect(answered.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("keeps a path that looks like another host on its own host", async () => {
    const urls: string[] = [];
    const dispatcher = mswDispatcher([
      http.get("*", ({ request }) => {
        urls.push(request.url);
        return HttpResponse.text("");
      }),
    ]);
    await dispatcher.request({ origin: ORIGIN, path: "//elsewhere/x", method: "GET" }).then((r) => r.body.dump());
    expect(urls).toEqual([`${ORIGIN}//elsewhere/x`]);
  });

  it("streams chunk by chunk", async () => {
    let push: ReadableStreamDefaultController<Uint8Array> | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        push = controller;
      },
    });
    const dispatcher = mswDispatcher([http.get("/watch", () => new HttpResponse(stream))]);
    const { body } = await request(`${ORIGIN}/watch`, { dispatcher });
    const chunks = body[Symbol.asyncIterator]();
    for (const line of ["one\n", "two\n"]) {
      push?.enqueue(new TextEncoder().encode(line));
      expect(String((await chunks.next()).value)).toBe(line);
    }
    push?.close();
    expect((await chunks.next()).done).toBe(true);
  });

  it("reads no faster than its client", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(16 * 1024));
      },
    });
    const dispatcher = mswDispatcher([http.get("/endless", () => new HttpResponse(endless))]);
    const { body } = await request(`${ORIGIN}/endless`, { dispatcher });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pulled).toBeLessThan(50);
    body.on("error", () => {});
    body.destroy();
  });

  it("aborts before the answer, mid-body, and even before the beginning", async () => {
    let cancelled = 0;
    const open = () =>
      new ReadableStream<Uint8Array>({ start: (c) => c.enqueue(new Uint8Array(1)), cancel: () => void cancelled++ });
    const signals: AbortSignal[] = [];
    const dispatcher = mswDispatcher([
      http.get("/never", async ({ request }) => {
        signals.push(request.signal);
        await delay("infinite");
      }),
      http.get("/open", () => new HttpResponse(open())),
    ]);
    const never = new AbortController();
    const waiting = request(`${ORIGIN}/never`, { dispatcher, signal: never.signal });
    await until(() => signals.length === 1);
    never.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(signals[0]?.aborted).toBe(true);

    const mid = new AbortController();
    const { body } = await request(`${ORIGIN}/open`, { dispatcher, signal: mid.signal });
    const reading = body.text();
    mid.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await until(() => cancelled === 1);

    const early = request(`${ORIGIN}/never`, { dispatcher, signal: AbortSignal.abort(new Error("early")) });
    await expect(early).rejects.toThrow("early");
    expect(signals).toHaveLength(1);
  });

  it("turns a network error, and a body that breaks, into a socket error", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      pull: (controller) => controller.error(new Error("broken")),
    });
    const dispatcher = mswDispatcher([
      http.get("/error", () => HttpResponse.error()),
      http.get("/broken", () => new HttpResponse(broken)),
    ]);
    await expect(request(`${ORIGIN}/error`, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    await expect(text(`${ORIGIN}/broken`, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
  });

  it("fails what nobody answers, and what a handler throws, with a code", async () => {
    const dispatcher = mswDispatcher([
      http.get("/throws", () => {
        throw new Error("typing error");
      }),
      http.get("/refuses", () => {
        throw HttpResponse.text("no", { status: 403 });
      }),
    ]);
    await expect(request(`${ORIGIN}/nobody`, { dispatcher })).rejects.toMatchObject({
      code: "TESTING_MSW_UNHANDLED",
      message: `no msw handler for GET ${ORIGIN}/nobody`,
    });
    await expect(request(`${ORIGIN}/throws`, { dispatcher })).rejects.toMatchObject({ code: "TESTING_MSW_THREW" });
    expect((await request(`${ORIGIN}/refuses`, { dispatcher })).statusCode).toBe(403);
  });

  it("ends with close and destroy", async () => {
    const handlers = [
      http.get("/never", () => delay("infinite")),
      http.get("/soon", async () => HttpResponse.text("")),
    ];
    const closing = mswDispatcher(handlers);
    const soon = text(`${ORIGIN}/soon`, { dispatcher: closing });
    await closing.close();
    expect(await soon).toBe("");
    await expect(request(`${ORIGIN}/soon`, { dispatcher: closing })).rejects.toMatchObject({ code: "UND_ERR_CLOSED" });
    const destroyed = mswDispatcher(handlers);
    const never = request(`${ORIGIN}/never`, { dispatcher: destroyed });
    const failed = expect(never).rejects.toMatchObject({ code: "UND_ERR_DESTROYED" });
    await destroyed.destroy();
    await failed;
  });
});

describe("mswDispatcher with a fallthrough", () => {
  let server: FaultyServer;
  let agent: Agent;
  let dispatcher: Dispatcher;
  const start = async (...args: Parameters<typeof faultyServer>) => {
    server = await faultyServer(...args);
    agent = new Agent();
    dispatcher = mswDispatcher([http.get("/mine", () => HttpResponse.text("mine"))], { fallthrough: agent });
  };
  afterEach(async () => {
    await agent.destroy();
    await server.close();
  });

  it("passes on what no handler answers, body and all", async () => {
    await start(answer("theirs"));
    expect(await text(`${server.url}/mine`, { dispatcher })).toBe("mine");
    expect(await text(`${server.url}/other`, { dispatcher, method: "POST", body: "body" })).toBe("theirs");
    expect(server.requests).toMatchObject([{ method: "POST", url: "/other", headers: { "content-length": "4" } }]);
  });

  it("passes on aborts, errors and back-pressure", async () => {
    await start("hang");
    const controller = new AbortController();
    const waiting = request(server.url, { dispatcher, signal: controller.signal });
    await until(() => server.requestCount === 1);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await until(() => server.openConnections === 0);
    server.behave("reset");
    await expect(request(server.url, { dispatcher })).rejects.toMatchObject({ code: "ECONNRESET" });
    server.behave("huge");
    const { body } = await request(server.url, { dispatcher });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(body.readableLength).toBeLessThan(1024 * 1024);
    let read = 0;
    for await (const chunk of body) {
      read += (chunk as Buffer).length;
      if (read > 4 * 1024 * 1024) break;
    }
    expect(read).toBeGreaterThan(4 * 1024 * 1024);
  });

  it("stays its owner's", async () => {
    await start(answer("theirs"));
    await dispatcher.close();
    expect(await text(server.url, { dispatcher: agent })).toBe("theirs");
  });
});
