import { memoryMetrics } from "@namerkit/core";
import { ManualClock } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { always, exchange, get, RawServer } from "../../../test/kit.js";
import { world } from "../../../test/world.js";
import { Sampler } from "./sampler.js";
import { routersView, type Wanted } from "./view.js";

const wanted: Wanted = { router: "http", sort: "rate", find: "", page: { services: 0, clients: 0 }, size: 20 };
const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

function scene() {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  const sampler = new Sampler(metrics, clock);
  const client = (id: string) => metrics.scope("rt", "http", "client", id);
  const view = async (more: Partial<Wanted> = {}, labels = ["http"]) =>
    routersView(await sampler.get(), labels, { ...wanted, ...more }, clock);
  const count = (id: string, success: number, failures = 0) => {
    client(id)
      .counter("requests")
      .add(success + failures);
    client(id).counter("success").add(success);
    client(id).counter("failures").add(failures);
  };
  return { clock, metrics, sampler, client, view, count };
}
const names = async (view: Promise<Awaited<ReturnType<typeof routersView>>>) =>
  (await view)[0]?.clients?.rows.map(({ name }) => name);

describe("what the dashboard shows [parity: dashboard]", () => {
  it("is rates between two samples, and nothing yet after the first", async () => {
    const { clock, view, count } = scene();
    count("#/a", 100);
    expect((await view())[0]?.clients?.rows).toMatchObject([{ name: "#/a", rate: null, success: null, requests: 100 }]);
    await clock.advance(2_000);
    count("#/a", 30, 10);
    count("#/b", 8);
    expect((await view())[0]?.clients?.rows).toMatchObject([
      { name: "#/a", rate: 20, success: 0.75, requests: 140, failures: 10 },
      { name: "#/b", rate: 4, success: 1 },
    ]);
  });

  it("takes no counter for fallen that has begun anew", async () => {
    const { clock, view, count, client } = scene();
    count("#/a", 100);
    await view();
    client("#/a").remove();
    count("#/a", 6);
    await clock.advance(1_000);
    expect((await view())[0]?.clients?.rows).toMatchObject([{ rate: 6, requests: 6 }]);
  });

  it("says nothing of now by a sample that is long past", async () => {
    const { clock, view, count } = scene();
    count("#/a", 100);
    await view();
    await clock.advance(60_000);
    expect((await view())[0]?.clients?.rows).toMatchObject([{ rate: null }]);
  });

  it("is shared by those who look at the same time, and is not taken more often than needed", async () => {
    const { clock, sampler } = scene();
    const [one, two] = [sampler.get(), sampler.get()];
    expect(one).toBe(two);
    const first = await one;
    await clock.advance(500);
    expect(await sampler.get()).toBe(first);
    await clock.advance(500);
    expect(await sampler.get()).not.toBe(first);
  });

  it("rests for most of the time where a sample takes long", async () => {
    const { clock, metrics } = scene();
    let now = 0;
    metrics.gauge("slow", () => {
      now += 1_000;
      return 1;
    });
    const slow = new Sampler(metrics, { now: () => clock.now() + now });
    await slow.get();
    await clock.advance(1_000);
    const second = await slow.get();
    await clock.advance(10_000);
    expect(await slow.get()).toBe(second);
    await clock.advance(10_000);
    expect(await slow.get()).not.toBe(second);
  });

  it("comes in the order that is asked for, and by pages", async () => {
    const { clock, view, count, client } = scene();
    count("#/c", 1_000, 5);
    count("#/a", 10);
    count("#/b", 20);
    await view();
    await clock.advance(1_000);
    count("#/a", 10);
    count("#/b", 1, 2);
    for (const [id, ms] of Object.entries({ "#/a": 1, "#/b": 5, "#/c": 3 })) {
      client(id).histogram("request_latency_ms").record(ms);
    }
    client("#/b").gauge("pending", () => 7);
    expect(await names(view())).toEqual(["#/a", "#/b", "#/c"]);
    expect(await names(view({ sort: "requests" }))).toEqual(["#/c", "#/b", "#/a"]);
    expect(await names(view({ sort: "failures" }))).toEqual(["#/b", "#/c", "#/a"]);
    expect(await names(view({ sort: "name" }))).toEqual(["#/a", "#/b", "#/c"]);
    await clock.advance(1_000);
    expect(await names(view({ sort: "latency" }))).toEqual(["#/b", "#/c", "#/a"]);
    expect(await names(view({ sort: "pending" }))).toEqual(["#/b", "#/a", "#/c"]);
    const page = (await view({ sort: "name", size: 2, page: { services: 0, clients: 1 } }))[0]?.clients;
    expect(page).toMatchObject({ total: 3, matching: 3, page: 1, pages: 2, rows: [{ name: "#/c" }] });
    const beyond = (await view({ sort: "name", size: 2, page: { services: 0, clients: 99 } }))[0]?.clients;
    expect(beyond).toMatchObject({ page: 1, rows: [{ name: "#/c" }] });
    expect((await view({ find: "/B" }))[0]?.clients).toMatchObject({ total: 3, matching: 1, rows: [{ name: "#/b" }] });
  });

  it("stays small with thousands of clients, and leaves other routers' lists out", async () => {
    const { clock, metrics, view, count } = scene();
    for (let i = 0; i < 2_000; i++) count(`#/io.l5d.fs/service-${i}`, i);
    metrics.scope("rt", "other", "client", "#/x").counter("requests").add();
    await view();
    await clock.advance(1_000);
    const [http, other] = await view({ router: "http" }, ["http", "other"]);
    expect(http?.clients).toMatchObject({ total: 2_000, pages: 100 });
    expect(other).toMatchObject({ label: "other", services: null, clients: null });
    expect(JSON.stringify([http, other]).length).toBeLessThan(20_000);
    const all = await view({ router: undefined }, ["http", "other", "unused"]);
    expect(all.map((one) => one.clients?.rows.length)).toEqual([5, 1, 0]);
  });
});

it("/dashboard.json tells of real requests", async () => {
  await using back = await RawServer.start(ok);
  await using here = await world({ web: [back.address] });
  for (let i = 0; i < 3; i++) await exchange(here.port, get());
  await exchange(here.port, get("/", [], "nowhere"));
  const told = await (await fetch(`${here.admin}/dashboard.json?size=x&clients=-1&router=http&sort=nothing`)).json();
  expect(told).toMatchObject({
    process: { version: expect.any(String), rss: expect.any(Number), lagMs: expect.any(Number) },
    routers: [
      {
        label: "http",
        requests: 4,
        failures: 1,
        servers: [{ name: `127.0.0.1/${here.port}`, requests: 4 }],
        services: {
          total: 2,
          rows: [
            { name: "svc/web", requests: 3, latency: { p50: expect.any(Number) } },
            { name: "svc/nowhere", requests: 0, latency: null },
          ],
        },
        clients: {
          total: 1,
          rows: [
            {
              name: "#/fixed/web",
              endpoints: { available: 1, size: 1 },
              balancer: "p2c",
              details: { "status/2XX": 3 },
            },
          ],
        },
      },
    ],
  });
});
