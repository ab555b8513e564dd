// The npm package httpxy, with connections to the back end that are kept. argv[2]: the port of the back end.
import { Agent, createServer } from "node:http";
import { createProxyServer } from "httpxy";

const proxy = createProxyServer({});
const target = `http://127.0.0.1:${process.argv[2]}`;
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
const server = createServer((request, response) => {
  proxy.web(request, response, { target, agent }).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
