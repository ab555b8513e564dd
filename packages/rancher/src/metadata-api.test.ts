import { ManualClock, testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { container } from "../test-support/scripted-api.js";
import { Seen } from "../test-support/seen.js";
import type { RancherOptions } from "./config.js";
import { rancherNamer } from "./standalone.js";

/** What the API has been asked, without the host, and the answers that are still owed. */
let asked: string[];
let accepts: (string | null)[];
let held: ((response: Response) => void)[];
let clock: ManualClock;

beforeEach(() => {
  asked = [];
  accepts = [];
  held = [];
  clock = new ManualClock();
});

/** Every request is owed an answer until `tell` gives it. */
function namer(options: RancherOptions = {}) {
  const handlers = [
    http.all("*", ({ request }) => {
      asked.push(request.url);
      accepts.push(request.headers.get("accept"));
      return new Promise<Response>((resolve) => {
        held.push(resolve);
        request.signal.addEventListener("abort", () => resolve(HttpResponse.error()));
      });
    }),
  ];
  return rancherNamer(options, { ...testEnv(), clock, dispatcher: mswDispatcher(handlers) });
}

async function tell(body: unknown, init: ResponseInit = {}): Promise<void> {
  const next = await come(() => held.shift());
  next(new HttpResponse(typeof body === "string" ? body : JSON.stringify(body), init));
}

/** Lets whatever is due come about, without letting time pass. */
function come<T>(predicate: () => T) {
  return until(async () => {
    await clock.advance(0);
    return predicate();
  });
}

const web = [container("shop/web", "10.0.0.1")];
const base = "http://rancher-metadata/2015-12-19";

describe("what the API is asked", () => {
  it("is the version, the containers, and then to wait for another version", async () => {
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("d6881220\n");
    await tell(web);
    await come(() => seen.addresses.length > 0 && held.length > 0);
    expect(asked).toEqual([
      `${base}/version`,
      `${base}/containers`,
      `${base}/version?wait=true&value=d6881220&maxWait=30`,
    ]);
    expect(accepts).toEqual(["text/plain", "application/json", "text/plain"]);
    await tell("next");
    await tell([...web, container("shop/web", "10.0.0.2")]);
    await come(() => seen.addresses.length === 2 && held.length > 0);
    expect(asked.slice(3)).toEqual([`${base}/containers`, `${base}/version?wait=true&value=next&maxWait=30`]);
    expect(seen.status).toMatchObject({ state: "live", request: `GET ${asked.at(-1)}` });
  });

  it("is what the options say", async () => {
    const options = { host: "fd00::9", port: 8080, apiVersion: "latest", maxWait: 600 } as const;
    using _seen = new Seen(namer(options), "/http/shop/web");
    await tell("a/b+c=");
    await tell(web);
    await come(() => asked.length === 3);
    expect(asked[2]).toBe("http://[fd00::9]:8080/latest/version?wait=true&value=a%2Fb%2Bc%3D&maxWait=120");
  });

  it("is nothing again for the same version: contact, and the next poll", async () => {
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell(web);
    await come(() => held.length > 0);
    await clock.advance(34_000);
    await tell('"1"');
    await come(() => asked.length === 4);
    expect(asked[3]).toBe(asked[2]);
    expect([seen.states.length, seen.addrs.length]).toEqual([2, 1]);
    expect(seen.status?.lastContactAt).toBe("2020-01-01T00:00:34.000Z");
  });

  it("is not asked twice by a hundred names", async () => {
    const one = namer();
    const all = Array.from({ length: 100 }, (_, i) => new Seen(one, `/${i + 1}/shop/web`));
    await tell("1");
    await tell(web);
    await come(() => all.every((seen) => seen.addresses.length === 1) && held.length > 0);
    expect(asked.length).toBe(3);
    for (const seen of all) seen.close();
  });
});

describe("deadlines", () => {
  it("of a poll: the server's own time and 15 s, then the next attempt after a pause", async () => {
    using seen = new Seen(namer({ maxWait: 60 }), "/http/shop/web");
    await tell("1");
    await tell(web);
    await come(() => held.length > 0);
    await clock.advance(74_999);
    expect([asked.length, seen.status?.state]).toEqual([3, "live"]);
    await clock.advance(1);
    expect(seen.status).toMatchObject({
      state: "stale",
      lastError: { code: "NAMER_UNAVAILABLE", message: expect.stringContaining("no answer within 75000 ms") },
    });
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
    await clock.advance(200);
    expect(asked[3]).toBe(`${base}/version`);
  });

  it("of the containers: 10 s", async () => {
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await come(() => held.length > 0);
    await clock.advance(9_999);
    expect(seen.tree).toBe("failed: NAMER_PENDING");
    expect(asked.length).toBe(2);
    await clock.advance(1);
    expect(seen.error).toMatch(/containers: no answer within 10000 ms$/);
    await clock.advance(200);
    expect(asked.at(-1)).toBe(`${base}/version`);
  });
});

describe("closing", () => {
  it.each([0, 1, 2])("after %i answers ends what is under way; nothing is asked again", async (answers) => {
    const seen = new Seen(namer({ lingerMs: 0 }), "/http/shop/web");
    for (const body of ["1", web].slice(0, answers)) await tell(body);
    await come(() => asked.length === answers + 1);
    seen.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    await clock.advance(600_000);
    expect(asked.length).toBe(answers + 1);
  });

  it("during a pause between attempts", async () => {
    const seen = new Seen(namer({ lingerMs: 0 }), "/http/shop/web");
    await tell("", { status: 500 });
    await come(() => seen.status?.lastError);
    seen.close();
    expect(clock.pending).toBe(0);
    await clock.advance(600_000);
    expect(asked.length).toBe(1);
  });
});
