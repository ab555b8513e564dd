// A closed-loop HTTP/1.1 client on raw sockets: as little work per request as can be, so that what is measured is the other side.
import { connect } from "node:net";
import { Responses, requestFor } from "./responses.mjs";

/**
 * Sends requests over `connections` keep-alive connections for `seconds`, one at a time on each.
 * @returns {Promise<{ requests: number, failures: number, latencies: number[] }>} latencies in milliseconds, sorted
 */
export async function load({ port, connections, seconds, host }) {
  const request = requestFor(host);
  const end = performance.now() + seconds * 1000;
  const result = { requests: 0, failures: 0, latencies: [] };
  await Promise.all(Array.from({ length: connections }, () => one(port, request, end, result)));
  result.latencies.sort((a, b) => a - b);
  return result;
}

function one(port, request, end, result) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    const send = () => {
      sent = performance.now();
      socket.write(request);
    };
    const responses = new Responses((ok) => {
      if (!ok) result.failures++;
      if (ok === undefined) return socket.destroy();
      const now = performance.now();
      result.requests++;
      result.latencies.push(now - sent);
      if (now < end) send();
      else socket.destroy();
    });
    socket.on("connect", send);
    socket.on("data", (chunk) => responses.push(chunk));
    socket.on("error", () => {
      result.failures++;
    });
    socket.on("close", resolve);
  });
}

/** The value below which this share (0.5: the median) of sorted ones lies. */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
