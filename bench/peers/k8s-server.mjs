// A Kubernetes API as lean as can be: EndpointSlices on prepared pages, a watch, and as many events as are asked for. argv: services, and
// how many endpoints each of their slices has.
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { slice } from "../lib/k8s-objects.mjs";
import { serveParent } from "../lib/processes.mjs";

const [services, size] = process.argv.slice(2).map(Number);
const PAGE = 500;
const pages = [];
let version = 1_000_000;
// One more, which moves last of all.
const all = services + 1;
for (let at = 0; at < all; at += PAGE) {
  const items = Array.from({ length: Math.min(PAGE, all - at) }, (_, i) => slice(at + i, size, version));
  const next = at + PAGE < all ? String(at + PAGE) : "";
  pages.push(
    Buffer.from(
      JSON.stringify({ kind: "EndpointSliceList", metadata: { resourceVersion: "1000000", continue: next }, items }),
    ),
  );
}
/** For those who do not ask for pages. */
let whole;
const watches = new Set();

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://api");
  response.setHeader("content-type", "application/json");
  if (url.searchParams.has("sendInitialEvents")) {
    response.statusCode = 422;
    return response.end("{}");
  }
  const slices = url.pathname.endsWith("/endpointslices");
  if (url.searchParams.has("watch")) {
    response.flushHeaders();
    if (!slices) return;
    watches.add(response);
    return response.on("close", () => watches.delete(response));
  }
  if (!slices) return response.end('{"metadata":{"resourceVersion":"1000000"},"items":[]}');
  if (url.searchParams.has("limit")) {
    return response.end(pages[Math.floor(Number(url.searchParams.get("continue") ?? 0) / PAGE)]);
  }
  response.end(whole);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

serveParent({
  /** Prepares what those are given who want everything in one piece. */
  whole() {
    const items = pages.map((page) =>
      page
        .toString()
        .replace(/^.*?"items":\[/, "")
        .slice(0, -2),
    );
    const head =
      '{"kind":"EndpointSliceList","apiVersion":"discovery.k8s.io/v1","metadata":{"resourceVersion":"1000000"}';
    whole = Buffer.from(`${head},"items":[${items.join()}]}`);
  },
  /** One change of the service that moves in no other: when it was written. */
  touch({ round }) {
    const line = Buffer.from(
      `${JSON.stringify({ type: "MODIFIED", object: slice(services, size, ++version, round) })}\n`,
    );
    const at = Number(process.hrtime.bigint()) / 1e6;
    for (const watch of watches) watch.write(line);
    return at;
  },
  open: () => ({ port: server.address().port, bytes: pages.reduce((sum, page) => sum + page.length, 0) }),
  /** So many events, four of five of which move an address, as fast as they are taken; the last is of the service that moves in no other. */
  async events({ count, round }) {
    const lines = Array.from({ length: count }, (_, i) => {
      if (i === count - 1)
        return `${JSON.stringify({ type: "MODIFIED", object: slice(services, size, ++version, round) })}\n`;
      const moved = i % 5 === 4 ? 0 : i + 1;
      return `${JSON.stringify({ type: "MODIFIED", object: slice((i * 887) % services, size, ++version, moved) })}\n`;
    });
    const chunks = [];
    for (let i = 0; i < lines.length; i += 10) chunks.push(Buffer.from(lines.slice(i, i + 10).join("")));
    for (const watch of watches) {
      for (const chunk of chunks) if (!watch.write(chunk)) await once(watch, "drain");
    }
    return { bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
  },
  watches: () => watches.size,
});
