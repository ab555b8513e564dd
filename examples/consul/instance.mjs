// An instance of a service: answers everything with its own name. What it says of its health can be changed.
//   node instance.mjs NAME HOST:PORT
// GET /health: 200, or 503 since POST /health?is=bad, until POST /health?is=good.
import { createServer } from "node:http";
import process from "node:process";

const [name, address = ""] = process.argv.slice(2);
const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
if (name === undefined || host === undefined) {
  console.error("usage: node instance.mjs NAME HOST:PORT");
  process.exit(2);
}

let well = true;
const server = createServer((request, response) => {
  request.resume();
  response.setHeader("content-type", "text/plain");
  const { pathname, searchParams } = new URL(request.url, "http://instance");
  if (pathname !== "/health") return response.end(`${name}\n`);
  if (request.method === "POST") well = searchParams.get("is") !== "bad";
  else if (!well) response.statusCode = 503;
  response.end(well ? "well\n" : "not well\n");
});
server.listen(Number(port), host, () => console.log(`${name} answers on ${address}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    // What is under way is finished; connections that only wait are of no use to anybody.
    server.close();
    server.closeIdleConnections();
  });
}
