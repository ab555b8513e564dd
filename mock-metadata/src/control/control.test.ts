import { ManualClock } from "@namerkit/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Metadata } from "../metadata.js";
import { type ControlListening, listenControl } from "./listen-control.js";

interface Overview {
  readonly version: string;
  readonly online: boolean;
  readonly waiting: number;
  readonly faults: object;
  readonly containers: readonly object[];
  readonly services: Record<
    string,
    {
      readonly links: object;
      readonly state: string;
      readonly scale: number;
      readonly containers: readonly { readonly name: string; readonly state: string; readonly health: string | null }[];
    }
  >;
}

let clock: ManualClock;
let metadata: Metadata;
let control: ControlListening;

beforeEach(async () => {
  clock = new ManualClock();
  metadata = new Metadata("stacks: { shop: { services: { web: { scale: 2 } } } }\ncontainers: { lone: {} }", {
    clock,
    random: Math.random,
  });
  control = await listenControl(metadata, "127.0.0.1", 0);
});
afterEach(() => control.close());

const ask = (path: string, method = "POST"): Promise<Response> =>
  fetch(`http://127.0.0.1:${control.port}${path}`, { method, headers: { connection: "close" } });

async function told(path: string, method?: string): Promise<Overview> {
  const answer = await ask(path, method);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await answer.json()) as Overview;
}

describe("the control API", () => {
  it("tells what runs", async () => {
    const { version, online, waiting, services } = await told("/", "GET");
    expect({ version, online, waiting }).toEqual({ version: metadata.version, online: true, waiting: 0 });
    expect(services["shop/web"]).toMatchObject({ state: "active", scale: 2 });
    expect(services["shop/web"]?.containers.map(({ name }) => name)).toEqual(["shop-web-1", "shop-web-2"]);
  });

  it("scales, stops, starts, and sets health, each under a new version", async () => {
    const versions = new Set([metadata.version]);
    const after = async (path: string) => {
      const { version, services } = await told(path);
      versions.add(version);
      return services["shop/web"];
    };
    expect((await after("/scale?service=shop/web&to=3"))?.containers).toHaveLength(3);
    expect((await after("/stop?service=Shop%2FWeb"))?.state).toBe("inactive");
    expect((await after("/start?service=shop/web"))?.state).toBe("active");
    const one = await after("/health?service=shop/web&state=unhealthy&container=2");
    expect(one?.containers.map(({ health }) => health)).toEqual([null, "unhealthy", null]);
    const all = await after("/health?service=shop/web&state=healthy");
    expect(all?.containers.map(({ health }) => health)).toEqual(["healthy", "healthy", "healthy"]);
    const none = await after("/health?service=shop/web&state=none");
    expect(none?.containers.map(({ health }) => health)).toEqual([null, null, null]);
    await after("/reload");
    expect(versions.size).toBe(8);
  });

  it("changes single containers, of a service or of none, labels, states, addresses and links", async () => {
    const web = async (path: string) => (await told(path)).services["shop/web"];
    expect((await web("/stop?service=shop/web&container=2"))?.containers.map(({ state }) => state)).toEqual([
      "running",
      "stopped",
    ]);
    expect((await web("/start?service=shop/web&container=2"))?.containers[1]?.state).toBe("running");
    expect((await web("/state?service=shop/web&state=upgrading"))?.state).toBe("upgrading");
    expect((await web("/state?service=shop/web&container=1&state=error"))?.containers[0]?.state).toBe("error");
    expect((await web("/ip?service=shop/web&container=1&ip=192.0.2.1"))?.containers[0]).toMatchObject({
      ip: "192.0.2.1",
    });
    expect((await web("/ip?service=shop/web&container=1&ip=none"))?.containers[0]).toMatchObject({ ip: null });
    const starting = await web("/state?service=shop/web&container=2&state=starting");
    expect(starting?.containers[1]).toMatchObject({ ip: null });
    expect((await told("/stop?container=lone")).containers).toMatchObject([{ name: "lone", state: "stopped" }]);
    expect((await web("/link?service=shop/web&as=me&to=shop/web"))?.links).toEqual({ me: "shop/web" });
    expect((await web("/link?service=shop/web&as=me&dangling=x"))?.links).toEqual({ me: { dangling: "x" } });
    expect((await web("/unlink?service=shop/web&as=me"))?.links).toEqual({});
    await told("/label?service=shop/web&name=a&value=b");
    expect(metadata.world.service("shop/web").labels).toEqual({ a: "b" });
    await told("/label?service=shop/web&name=a");
    expect(metadata.world.service("shop/web").labels).toEqual({});
  });

  it("several changes can be one load", async () => {
    const before = metadata.version;
    await told("/scale?service=shop/web&to=5&reload=false");
    await told("/stop?service=shop/web&container=1&reload=false");
    expect(metadata.version).toBe(before);
    const asked = async () => (await metadata.handle(new Request("http://m/latest/services/web/scale"), "::1")).text();
    expect(await asked()).toBe("2");
    expect((await told("/reload")).version).not.toBe(before);
    expect(await asked()).toBe("5");
  });

  it("switches faults on and off, and tells which are on", async () => {
    expect((await told("/fault?kind=status&on=data&status=500&retryAfter=3")).faults).toEqual({
      data: { kind: "status", status: 500, retryAfter: 3 },
    });
    await told("/fault?kind=hang");
    expect((await told("/", "GET")).faults).toMatchObject({ all: { kind: "hang" } });
    expect(Object.keys((await told("/clear?on=data")).faults)).toEqual(["all"]);
    expect((await told("/clear")).faults).toEqual({});
  });

  it("unloads and reloads", async () => {
    const asked = () => metadata.handle(new Request("http://m/latest/version"), "::1");
    await told("/unload");
    expect((await asked()).status).toBe(404);
    await told("/reload");
    expect((await asked()).status).toBe(200);
  });

  it("takes down, brings back, and stays itself meanwhile", async () => {
    expect((await told("/take-down")).online).toBe(false);
    expect((await told("/", "GET")).online).toBe(false);
    expect((await told("/bring-back")).online).toBe(true);
  });

  it("restarts, and does not wait for it", async () => {
    expect((await told("/restart?downMs=50&loadMs=20")).online).toBe(false);
    await clock.advance(50);
    expect((await told("/", "GET")).online).toBe(true);
    expect(clock.pending).toBe(1);
    await clock.advance(20);
    expect(clock.pending).toBe(0);
  });

  it("leaves no timer when it is closed while something restarts", async () => {
    await told("/restart?downMs=50");
    expect(clock.pending).toBe(1);
    await control.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ["/scale?service=shop/nosuch&to=1", "POST", 404, "MOCK_UNKNOWN"],
    ["/health?service=shop/web&state=healthy&container=9", "POST", 404, "MOCK_UNKNOWN"],
    ["/nosuch", "POST", 404, "MOCK_UNKNOWN"],
    ["/constructor", "POST", 404, "MOCK_UNKNOWN"],
    ["/scale?service=shop/web", "POST", 400, "MOCK_CONTROL"],
    ["/scale?to=1", "POST", 400, "MOCK_CONTROL"],
    ["/scale?service=shop/web&to=1.5", "POST", 400, "MOCK_CONTROL"],
    ["/scale?service=shop/web&to=-1", "POST", 400, "MOCK_CONTROL"],
    ["/scale?service=shop/web&to=999999999", "POST", 400, "MOCK_CONTROL"],
    ["/health?service=shop/web", "POST", 400, "MOCK_CONTROL"],
    ["/health?service=shop/web&state=helthy", "POST", 400, "MOCK_CONTROL"],
    ["/restart?downMs=soon", "POST", 400, "MOCK_CONTROL"],
    ["/scale?service=shop/web&to=5&reload=no", "POST", 400, "MOCK_CONTROL"],
    ["/stop", "POST", 400, "MOCK_CONTROL"],
    ["/fault?kind=nosuch", "POST", 400, "MOCK_CONTROL"],
    ["/fault?kind=hang&ms=5", "POST", 400, "MOCK_CONTROL"],
    ["/clear?on=nothing", "POST", 400, "MOCK_CONTROL"],
    ["/stop?container=nobody", "POST", 404, "MOCK_UNKNOWN"],
    ["/state?service=shop/web&state=fine", "POST", 400, "MOCK_CONTROL"],
    ["/ip?service=shop/web&container=1&ip=here", "POST", 400, "MOCK_CONTROL"],
    ["/link?service=shop/web&as=x&to=shop/nosuch", "POST", 404, "MOCK_UNKNOWN"],
    ["/unlink?service=shop/web&as=x", "POST", 404, "MOCK_UNKNOWN"],
    ["/scale?service=shop/web&to=5", "GET", 405, "MOCK_CONTROL"],
  ])("%s by %s is a %d", async (path, method, status, code) => {
    const before = metadata.version;
    const answer = await ask(path, method);
    expect([answer.status, await answer.json()]).toEqual([status, { code, message: expect.any(String) }]);
    expect([metadata.version, metadata.world.containers.length, clock.pending]).toEqual([before, 3, 0]);
  });
});
