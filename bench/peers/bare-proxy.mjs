// What the proxy is held against: node:http in front, undici's Pool.dispatch behind, and nothing in between but copying headers.
// argv[2]: the port of the back end.
import { createServer } from "node:http";
import { Pool } from "undici";

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 128 });

class Relay {
  constructor(response) {
    this.response = response;
  }
  onRequestStart() {}
  onResponseStart(_controller, status, headers) {
    this.response.writeHead(status, headers);
  }
  onResponseData(controller, chunk) {
    if (!this.response.write(chunk)) {
      controller.pause();
      this.response.once("drain", () => controller.resume());
    }
  }
  onResponseEnd() {
    this.response.end();
  }
  onResponseError() {
    this.response.destroy();
  }
}

const server = createServer((request, response) => {
  const { connection, ...headers } = request.headers;
  pool.dispatch({ path: request.url, method: request.method, headers }, new Relay(response));
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
