import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const requests = 1_500;
const together = 40;

/** The same sequence each time: what fails can be run again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * sides);
  };
}

function endpoint(roll: (sides: number) => number): Promise<RawServer> {
  const seen = new WeakMap<Socket, number>();
  return RawServer.start((socket, soFar) => {
    const heads = soFar.split("\r\n\r\n").length;
    if (heads === seen.get(socket)) return;
    seen.set(socket, heads);
    if (/\r\nupgrade: /i.test(soFar)) {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello");
      if (roll(2) === 0) socket.end();
      return;
    }
    const acts: readonly (() => void)[] = [
      () => socket.write(ok),
      () => socket.write(ok),
      () => setTimeout(() => socket.write(ok), roll(50)),
      () => socket.write("HTTP/1.1 503 X\r\nl5d-retryable: true\r\nContent-Length: 4\r\n\r\nbusy"),
      () => socket.write("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\nX: 1\r\n\r\n"),
      () => socket.write(`HTTP/1.1 500 X\r\nContent-Length: 100000\r\n\r\n${"x".repeat(20_000)}`),
      () => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`),
      () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", () => socket.resetAndDestroy()),
      () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${"x".repeat(100_000)}`),
      () => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
      () => socket.destroy(),
      () => socket.resetAndDestroy(),
      () => socket.end("HTTP/1.1 200 OK\r\n\r\nto the end"),
      () => socket.write("nonsense\r\n\r\n"),
      () => {},
    ];
    acts[roll(acts.length)]?.();
  });
}

const heads = [
  "GET / HTTP/1.1\r\nHost: web\r\n\r\n",
  "HEAD / HTTP/1.1\r\nHost: web\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: deflate\r\n\r\n",
  "TRACE / HTTP/1.1\r\nHost: web\r\nl5d-add-context: true\r\nMax-Forwards: 1\r\n\r\n",
  "GET / HTTP/1.0\r\nHost: web\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\nhello",
  "PUT / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n\r\n",
  "PUT / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
  "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
  "CONNECT web:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
  "BAD\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: we",
];

/** One client, which leaves after a while, politely or not. */
function client(port: number, roll: (sides: number) => number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).on("data", () => {});
    socket.on("close", () => resolve());
    const bytes = heads[roll(heads.length)] ?? "";
    socket.write(bytes.slice(0, roll(4) === 0 ? roll(bytes.length) : undefined));
    if (roll(3) === 0) socket.write(bytes);
    const leave = [() => socket.destroy(), () => socket.resetAndDestroy(), () => socket.end()][roll(3)];
    setTimeout(() => leave?.(), roll(80));
    setTimeout(() => socket.destroy(), 1_500);
  });
}

it.each([1, 2, 3])("whatever clients and endpoints do to each other, nothing is left open (%i)", async (seed) => {
  const roll = dice(seed);
  await using first = await endpoint(roll);
  await using second = await endpoint(roll);
  await using proxy = await proxyTo([first.address, second.address], {
    limits: {
      responseMs: 400,
      responseIdleMs: 400,
      uploadIdleMs: 300,
      tunnelIdleMs: 300,
      connectionsPerEndpoint: 8,
      connectMs: 500,
    },
    client: { requestAttemptTimeoutMs: 150 },
    compressionLevel: 6,
    service: { responseClassifier: "io.l5d.http.retryableAll5XX", totalTimeoutMs: 350 },
  });
  for (let done = 0; done < requests / 3; done += together) {
    if (roll(2) === 0) proxy.names.addresses = [...proxy.names.addresses].reverse();
    await Promise.all(Array.from({ length: together }, () => client(proxy.port, roll)));
  }
  const gauge = (name: string) => proxy.metrics.snapshot()[`rt/http/${name}`];
  await until(() => proxy.server.serving.stats.pending === 0 && gauge("client/#/fake/web/pending") === 0, {
    timeoutMs: 10_000,
  });
  expect(gauge("service/svc/web/pending")).toBe(0);
  expect(proxy.names.released.length).toBeGreaterThan(requests / 6);
  await until(() => proxy.compression?.busy === 0, { timeoutMs: 10_000 });
  await until(() => gauge(`server/127.0.0.1/${proxy.port}/connections`) === 0, { timeoutMs: 10_000 });
  proxy.use.close();
  await until(() => [...first.sockets, ...second.sockets].every((socket) => socket.destroyed), { timeoutMs: 10_000 });
});
