// The back end of the proxy benchmark. argv[2]: bytes for every request (128).
import { createServer } from "node:http";

const body = Buffer.alloc(Number(process.argv[2] ?? 128), "x");
const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
