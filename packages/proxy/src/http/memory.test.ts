import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { get, proxyTo, RawServer, until } from "../../test/kit.js";

const block = Buffer.alloc(256 * 1_024, "x");
const blocks = 4_096;
const total = blocks * block.length;
const boundMs = 20_000;
const mega = 1_048_576;
const settled = 192 * mega;

/** Writes `blocks` blocks as fast as they are taken. */
function pour(socket: Socket): void {
  let left = blocks;
  const more = () => {
    while (left > 0) {
      left--;
      if (!socket.write(block)) return;
    }
  };
  socket.on("drain", more);
  more();
}

/** Reads with rests, and watches the memory of the process, in which everything runs. */
function sip(socket: Socket): { readonly got: number; readonly grown: number } {
  let got = 0;
  let sinceRest = 0;
  let before = 0;
  let most = 0;
  socket.on("data", (chunk: Buffer) => {
    got += chunk.length;
    sinceRest += chunk.length;
    if (sinceRest < 4 * mega) return;
    sinceRest = 0;
    const now = process.memoryUsage.rss();
    // Until then V8 finds out how much room it wants.
    if (got < settled) before = Math.max(before, now);
    most = Math.max(most, now);
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  return {
    get got() {
      return got;
    },
    get grown() {
      return (most - before) / mega;
    },
  };
}

/** The whole body, or what went through in 20 s on a machine that has other work: memory must be flat either way. */
async function through(flow: { readonly got: number }): Promise<void> {
  const end = performance.now() + boundMs;
  await until(() => flow.got >= total || performance.now() > end, { timeoutMs: boundMs + 5_000 });
  expect(flow.got).toBeGreaterThan(2 * settled);
}

describe("a gigabyte [parity: streaming]", () => {
  it("for a client that reads slowly goes through flat memory", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      pour(socket);
    });
    await using proxy = await proxyTo([back.address]);
    const client = connect(proxy.port, "127.0.0.1");
    client.on("error", () => {});
    client.write(get());
    const flow = sip(client);
    await through(flow);
    client.destroy();
    expect(flow.grown).toBeLessThan(60);
  }, 60_000);

  it("for an endpoint that reads slowly goes through flat memory", async () => {
    let flow: { readonly got: number; readonly grown: number } | undefined;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      flow = sip(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await using proxy = await proxyTo([{ ip: "127.0.0.1", port, weight: 1, meta: {} }]);
    const client = connect(proxy.port, "127.0.0.1");
    client.on("error", () => {});
    client.write(`POST / HTTP/1.1\r\nHost: web\r\nContent-Length: ${total}\r\n\r\n`);
    pour(client);
    await until(() => flow !== undefined);
    if (flow === undefined) throw new Error("no connection");
    await through(flow);
    client.destroy();
    server.close();
    expect(flow.grown).toBeLessThan(60);
  }, 60_000);
});
