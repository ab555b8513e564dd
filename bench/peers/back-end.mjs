// The back end of the proxy benchmark: 128 bytes for every request.
import { createServer } from "node:http";

const body = Buffer.alloc(128, "x");
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
