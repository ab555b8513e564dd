// The npm package @fastify/http-proxy, as its README has it. argv[2]: the port of the back end.
import proxy from "@fastify/http-proxy";
import fastify from "fastify";

const server = fastify();
server.register(proxy, {
  upstream: `http://127.0.0.1:${process.argv[2]}`,
  undici: { connections: 128, pipelining: 1 },
});
await server.listen({ port: 0, host: "127.0.0.1" });
console.log(`listening on ${server.server.address().port}`);
