// A container of the example: answers everything with its own name.
//   node container.mjs NAME HOST:PORT
import { createServer } from "node:http";
import process from "node:process";

const [name, address = ""] = process.argv.slice(2);
const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
if (name === undefined || host === undefined) {
  console.error("usage: node container.mjs NAME HOST:PORT");
  process.exit(2);
}

const server = createServer((request, response) => {
  request.resume();
  response.setHeader("content-type", "text/plain");
  response.end(`${name}\n`);
});
server.listen(Number(port), host, () => console.log(`${name} answers on ${address}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    // What is under way is finished; connections that only wait are of no use to anybody.
    server.close();
    server.closeIdleConnections();
  });
}
