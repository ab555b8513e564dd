import { ManualClock } from "@namerkit/core/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { Metadata } from "./metadata.js";
import { metadataHandlers } from "./msw.js";

function served(baseUrl = "http://rancher-metadata") {
  const clock = new ManualClock();
  const metadata = new Metadata("stacks: { s: { services: { w: { addresses: [10.42.1.1] } } } }", {
    clock,
    random: Math.random,
  });
  const dispatcher = mswDispatcher(metadataHandlers(metadata, baseUrl, "10.42.1.1"));
  const ask = (path: string, options: { readonly signal?: AbortSignal } = {}) =>
    request(`${baseUrl}${path}`, { dispatcher, ...options });
  return { clock, metadata, ask, dispatcher };
}

describe("metadataHandlers", () => {
  it("answers below its address, and nowhere else", async () => {
    const { ask, dispatcher } = served("http://rancher-metadata:8080");
    expect(await (await ask("/latest/self/container/name")).body.text()).toBe("s-w-1");
    expect((await ask("/")).statusCode).toBe(200);
    await expect(request("http://rancher-metadata:808/", { dispatcher })).rejects.toThrow();
    await expect(request("http://elsewhere/latest", { dispatcher })).rejects.toThrow();
  });

  it("holds a long poll until a change", async () => {
    const { ask, metadata, clock } = served();
    const answer = ask(`/latest/version?wait=true&value=${metadata.version}&maxWait=30`);
    while (metadata.waiting === 0) await clock.advance(0);
    metadata.scale("s/w", 3);
    expect(await (await answer).body.text()).toBe(metadata.version);
    expect(clock.pending).toBe(0);
  });

  it("an aborted long poll leaves nothing", async () => {
    const { ask, metadata, clock } = served();
    const abort = new AbortController();
    const answer = ask(`/latest/version?wait=true&value=${metadata.version}`, { signal: abort.signal });
    while (metadata.waiting === 0) await clock.advance(0);
    abort.abort();
    await expect(answer).rejects.toThrow();
    await clock.advance(0);
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
  });

  it("taken down, it is a broken connection", async () => {
    const { ask, metadata } = served();
    metadata.takeDown();
    await expect(ask("/latest/version")).rejects.toThrow();
    metadata.bringBack();
    expect((await ask("/latest/version")).statusCode).toBe(200);
  });
});
