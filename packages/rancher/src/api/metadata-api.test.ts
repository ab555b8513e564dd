import { ManualClock, testEnv } from "@namerkit/core/testing";
import { Seen, until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { service, uuidOf } from "../../test-support/catalogue.js";
import { container } from "../../test-support/scripted-api.js";
import type { RancherOptions } from "../config.js";
import { rancherNamer } from "../standalone.js";

/** What the API has been asked of version and containers, and the answers that are still owed. */
let asked: string[];
let accepts: (string | null)[];
let held: ((response: Response) => void)[];
/** All else that it has been asked, and what is answered to that at once: 404 where nothing is. */
let others: string[];
let lists: Record<string, unknown>;
/** What the version is when it is asked for again after the lists; the one that was told last, unless a test says otherwise. */
let after: (() => string) | undefined;
let told: string;
/** Called when any of the other lists has been asked for, and answered. */
let during: ((path: string) => void) | undefined;
let confirming: boolean;
let clock: ManualClock;

beforeEach(() => {
  asked = [];
  accepts = [];
  held = [];
  others = [];
  lists = {};
  after = undefined;
  during = undefined;
  confirming = false;
  clock = new ManualClock();
});

/** Version and containers are owed an answer until `tell` gives it. */
function namer(options: RancherOptions = {}) {
  const handlers = [
    http.all("*", ({ request }) => {
      const { url } = request;
      const path = new URL(url).pathname;
      if (!/\/(version|containers)$/.test(path)) {
        others.push(url);
        const list = lists[path];
        during?.(path);
        if (list === undefined) return new HttpResponse("Not found", { status: 404 });
        return typeof list === "string" ? new HttpResponse(list) : HttpResponse.json(list as object);
      }
      const confirms = confirming && path.endsWith("/version") && !url.includes("wait=true");
      confirming = false;
      if (confirms) {
        others.push(url);
        return new HttpResponse(after?.() ?? told);
      }
      asked.push(url);
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
  if (typeof body === "string") told = body.trim();
  else confirming = true;
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

describe("the lists beside the containers", () => {
  const lean = "/2015-07-25/services";
  const plain = "/2015-12-19/services";
  const paths = () => others.map((url) => new URL(url).pathname);
  const healthy = { health_state: null, service_uuid: uuidOf("shop/web") };
  const checked = service("shop/web", { health_check: { port: 80 } });

  it("are read with each version: services in the version that repeats no container, hosts, whose stack; and the version again", async () => {
    lists = { [lean]: [service("shop/web")], "/2015-12-19/hosts": [{ uuid: "h", name: "node-1" }] };
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell([container("shop/web", "10.0.0.1", { host_uuid: "h" })]);
    await come(() => held.length > 0);
    expect(paths()).toEqual([lean, "/2015-12-19/hosts", "/2015-12-19/self/stack/name", "/2015-12-19/version"]);
    const last = seen.addrs.at(-1);
    expect(last?.type === "bound" && last.addresses[0]?.meta).toEqual({ nodeName: "node-1" });
  });

  it("are looked for under the version that is configured, where the lean one is not served", async () => {
    lists = { [plain]: [checked] };
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell([container("shop/web", "10.0.0.1", healthy)]);
    await seen.is("neg");
    await tell("2");
    await tell([container("shop/web", "10.0.0.1", { ...healthy, health_state: "healthy" })]);
    await seen.has("10.0.0.1:80");
    expect(paths().filter((path) => path.endsWith("/services"))).toEqual([lean, plain, plain]);
  });

  it("may be missing from the start; missing later, they are an outage", async () => {
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell(web);
    await seen.has("10.0.0.1:80");
    expect(paths()).toEqual([lean, plain, "/2015-12-19/hosts", "/2015-12-19/version"]);
    await tell("1b");
    await tell(web);
    await come(() => held.length > 0);
    expect(paths().length, "what is not there is not asked for again").toBe(4);
    lists = { [lean]: [service("shop/web")] };
    await tell("", { status: 500 });
    await clock.advance(200);
    await tell("2");
    await tell(web);
    await come(() => held.length > 0);
    lists = {};
    await tell("3");
    await tell([]);
    await come(() => seen.status?.state === "stale");
    expect(seen.status?.lastError?.message).toMatch(/services.*404/);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web"]);
  });

  it("were missing for a moment, while the server had no data: they are read again, and not taken for absent", async () => {
    const full = { [lean]: [checked], "/2015-12-19/hosts": [] };
    const sick = [container("shop/web", "10.0.0.1", healthy)];
    lists = {};
    during = (path) => {
      if (path.endsWith("/hosts")) lists = full;
    };
    after = () => "2";
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell(sick);
    await come(() => held.length > 0);
    expect(seen.tree, "nothing is believed of a reading in the middle of which the server came back").toBe("pending");
    await tell(sick);
    await seen.is("neg");
    expect(seen.trees).toEqual(["pending", "neg"]);
  });

  it("were missing, and then the version: an outage", async () => {
    let gone = true;
    during = () => {
      after = () => (gone ? "" : told);
    };
    using seen = new Seen(namer({ firstAnswerMs: 60_000 }), "/http/shop/web");
    await tell("1");
    await tell(web);
    await come(() => seen.status?.lastError);
    expect(seen.tree).toMatch(/pending|NAMER_ANSWER/);
    gone = false;
    await clock.advance(200);
    await tell("1");
    await tell(web);
    await seen.has("10.0.0.1:80");
  });

  it("whose stack it is, is asked until it is known, and again when there is none of that name any more", async () => {
    lists = { [lean]: [service("shop/web")] };
    using seen = new Seen(namer(), "/http/.self/web");
    await tell("1");
    await tell(web);
    await seen.is("failed: NAMER_ANSWER");
    expect(seen.error).toContain(".self");
    lists["/2015-12-19/self/stack/name"] = "Shop\n";
    await tell("2");
    await tell(web);
    await seen.is("/#/test/http/.self/web");
    await tell("2b");
    await tell([...web, container("store/web", "10.0.0.9")]);
    await come(() => held.length > 0);
    lists[lean] = [service("Store/web")];
    lists["/2015-12-19/self/stack/name"] = '"Store"\n';
    await tell("3");
    await tell([...web, container("store/web", "10.0.0.2")]);
    await seen.has("10.0.0.2:80");
    delete lists["/2015-12-19/self/stack/name"];
    lists[lean] = [];
    await tell("4");
    await tell([container("store/web", "10.0.0.3")]);
    await seen.has("10.0.0.3:80");
    expect(paths().filter((path) => path.endsWith("/self/stack/name")).length).toBe(4);
  });
});

describe("a version that moves while the lists are read", () => {
  it("has them read again, and what was read under two versions is not believed", async () => {
    after = () => "2";
    lists = { "/2015-12-19/hosts": [] };
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    await tell([]);
    await come(() => held.length > 0);
    expect([asked.length, seen.tree]).toEqual([3, "pending"]);
    await tell(web);
    await seen.has("10.0.0.1:80");
    await come(() => held.length > 0);
    expect(asked.map((url) => url.slice(base.length))).toEqual([
      "/version",
      "/containers",
      "/containers",
      "/version?wait=true&value=2&maxWait=30",
    ]);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web"]);
    expect(seen.status?.counters).toMatchObject({ readings_repeated: 1 });
  });

  it("all the time: the third reading is believed", async () => {
    let version = 1;
    lists = { "/2015-12-19/hosts": [] };
    after = () => String(++version);
    using seen = new Seen(namer(), "/http/shop/web");
    await tell("1");
    for (let i = 0; i < 3; i++) {
      expect(seen.tree).toBe("pending");
      await tell(web);
    }
    await seen.has("10.0.0.1:80");
    await come(() => held.length > 0);
    expect(asked.at(-1)).toContain("value=3&");
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
