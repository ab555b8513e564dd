import { describe, expect, it } from "vitest";
import { always, closedPort, exchange, get, RawServer, until } from "../test/kit.js";
import { type World, world } from "../test/world.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const oh = always("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
const post = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/** The series below a scope, without what a summary adds to a name. */
function below({ metrics }: World, scope: string): string[] {
  const names = Object.keys(metrics.snapshot())
    .filter((name) => name.startsWith(`${scope}/`))
    .map((name) => name.slice(scope.length + 1).replace(/\.(?:count|sum|avg|min|max|p\d+)$/, ""));
  return [...new Set(names)].sort();
}

const common = ["failures", "pending", "request_latency_ms", "requests", "success"];
const connections = [
  "closes",
  "connection_duration",
  "connection_requests",
  "connections",
  "connects",
  "received_bytes",
  "sent_bytes",
];

describe("Linkerd's tree of metrics [parity: metrics]", () => {
  it("is there for a request that went well", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    await exchange(here.port, get());
    expect(below(here, `rt/http/server/127.0.0.1/${here.port}`)).toEqual(
      [...common, ...connections, "handshake_failures", "request_payload_bytes", "response_payload_bytes"].sort(),
    );
    expect(below(here, "rt/http/service/svc/web")).toEqual(expect.arrayContaining(common));
    const client = below(here, "rt/http/client/#/fixed/web");
    expect(client).toEqual(
      expect.arrayContaining([
        ...common,
        ...connections,
        ...common.map((name) => `service/svc/web/${name}`),
        ...["available", "cancelled_connects", "connect_latency_ms", "failed_connect_latency_ms"],
        ...["pool_cached", "pool_num_too_many_waiters", "pool_num_waited", "pool_size", "pool_waiters"],
        ...["retries/budget", "retries/budget_exhausted", "retries/cannot_retry", "retries/request_limit"],
        ...["retries/requeues", "retries/requeues_per_request", "service_creation/service_acquisition_latency_ms"],
        ...["status/200", "status/2XX", "time/2XX"],
      ]),
    );
  });

  it("counts the bytes of connections that stay open, of bodies, and what a connection was used for when it closes", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    const { text } = await exchange(here.port, post);
    const server = `rt/http/server/127.0.0.1/${here.port}`;
    await until(() => here.metrics.snapshot()[`${server}/closes`] === 1);
    const all = here.metrics.snapshot();
    expect(all).toMatchObject({
      [`${server}/received_bytes`]: post.length,
      [`${server}/sent_bytes`]: Buffer.byteLength(text),
      [`${server}/connections`]: 0,
      [`${server}/connection_requests.sum`]: 1,
      [`${server}/request_payload_bytes.sum`]: 5,
      [`${server}/response_payload_bytes.sum`]: 2,
      "rt/http/client/#/fixed/web/connections": 1,
      "rt/http/client/#/fixed/web/pool_cached": 1,
      "rt/http/client/#/fixed/web/sent_bytes": Buffer.byteLength(back.all),
      "rt/http/client/#/fixed/web/received_bytes": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".length,
    });
  });

  it("says by which error requests failed, where and at which client", async () => {
    await using back = await RawServer.start(oh);
    await using here = await world({ web: [back.address], gone: [await closedPort()] });
    await exchange(here.port, get());
    await exchange(here.port, get("/", [], "gone"));
    await exchange(here.port, get("/", [], "nowhere"));
    expect(here.metrics.snapshot()).toMatchObject({
      [`rt/http/server/127.0.0.1/${here.port}/failures`]: 3,
      [`rt/http/server/127.0.0.1/${here.port}/failures/CLASSIFIED_FAILURE`]: 1,
      [`rt/http/server/127.0.0.1/${here.port}/failures/PROXY_CONNECT_FAILED`]: 1,
      [`rt/http/server/127.0.0.1/${here.port}/failures/CLIENT_NO_ROUTE`]: 1,
      "rt/http/service/svc/web/failures/CLASSIFIED_FAILURE": 1,
      "rt/http/client/#/fixed/web/failures/CLASSIFIED_FAILURE": 1,
      "rt/http/client/#/fixed/web/service/svc/web/failures": 1,
      "rt/http/client/#/fixed/web/time/5XX.count": 1,
      "rt/http/client/#/fixed/gone/failures/PROXY_CONNECT_FAILED": 1,
      "rt/http/client/#/fixed/gone/retries/cannot_retry": 1,
      "rt/http/client/#/fixed/gone/time/error.count": 1,
    });
  });

  it("tells the requests of two services at one client apart", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] }, { dtab: "/svc/a => /#/fixed/web; /svc/b => /#/fixed/web" });
    for (const host of ["a", "b", "a"]) await exchange(here.port, get("/", [], host));
    expect(here.metrics.snapshot()).toMatchObject({
      "rt/http/client/#/fixed/web/requests": 3,
      "rt/http/client/#/fixed/web/service/svc/a/requests": 2,
      "rt/http/client/#/fixed/web/service/svc/b/requests": 1,
    });
  });

  it("forgets a service at its client when the service is forgotten", async () => {
    await using back = await RawServer.start(ok);
    const caches = { paths: 2, trees: 10, bounds: 10, clients: 10, idleTtlSecs: 600 };
    const dtab = "/svc/a => /#/fixed/web; /svc/b => /#/fixed/web; /svc/c => /#/fixed/web; /svc/d => /#/fixed/web";
    await using here = await world({ web: [back.address] }, { dtab, router: { bindingCache: caches } });
    for (const host of ["a", "b", "c", "d"]) await exchange(here.port, get("/", [], host));
    const known = () =>
      Object.keys(here.metrics.snapshot()).filter((name) => /client\/#\/fixed\/web\/service\/.*\/requests$/.test(name));
    const services = () =>
      Object.keys(here.metrics.snapshot()).filter((name) => /http\/service\/svc\/.*\/requests$/.test(name));
    await until(() => services().length === 2);
    expect(known()).toHaveLength(2);
  });
});
