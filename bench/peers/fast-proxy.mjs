// The npm package fast-proxy, with its undici client, as its README has it. argv[2]: the port of the back end.
import { createServer } from "node:http";
import fastProxy from "fast-proxy";

const base = `http://127.0.0.1:${process.argv[2]}`;
const { proxy } = fastProxy({ base, undici: { connections: 128, pipelining: 1 } });
const server = createServer((request, response) => proxy(request, response, request.url, {}));
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
