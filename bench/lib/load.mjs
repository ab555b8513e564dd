// A closed-loop HTTP/1.1 client on raw sockets: as little work per request as can be, so that what is measured is the other side.
import { connect } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Sends requests over `connections` keep-alive connections for `seconds`, one at a time on each.
 * @returns {Promise<{ requests: number, failures: number, latencies: number[] }>} latencies in milliseconds, sorted
 */
export async function load({ port, connections, seconds, host = "web" }) {
  const request = `GET /x HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-Request-Id: 0123456789\r\nCookie: a=b; c=d\r\n\r\n`;
  const end = performance.now() + seconds * 1000;
  const result = { requests: 0, failures: 0, latencies: [] };
  await Promise.all(Array.from({ length: connections }, () => one(port, request, end, result)));
  result.latencies.sort((a, b) => a - b);
  return result;
}

function one(port, request, end, result) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let buffered;
    let sent = 0;
    const send = () => {
      sent = performance.now();
      socket.write(request);
    };
    socket.on("connect", send);
    socket.on("data", (chunk) => {
      buffered = buffered === undefined ? chunk : Buffer.concat([buffered, chunk]);
      const head = buffered.indexOf(HEAD_END);
      if (head < 0) return;
      const text = buffered.latin1Slice(0, head);
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) {
        result.failures++;
        return socket.destroy();
      }
      if (buffered.length < head + 4 + length) return;
      buffered = undefined;
      const now = performance.now();
      result.requests++;
      result.latencies.push(now - sent);
      if (!text.startsWith("HTTP/1.1 200")) result.failures++;
      if (now < end) send();
      else socket.destroy();
    });
    socket.on("error", () => {
      result.failures++;
    });
    socket.on("close", resolve);
  });
}
