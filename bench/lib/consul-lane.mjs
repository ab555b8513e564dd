// A Consul as lean as can be, so that what is measured is its clients: one listener, the health of any service that is asked for, blocking
// queries with an index per service, and faults. Raw sockets and answers that are put together from pieces.
import { once } from "node:events";
import { createServer } from "node:net";
import { faults } from "./consul-faults.mjs";

const INSTANCES = 5;
const FIRST_PORT = 1_000;
const END = "\r\n\r\n";
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export class Lane {
  /** HTTP requests and connections since the beginning. */
  requests = 0;
  connections = 0;
  refused = 0;
  index = 100;
  #services = new Map();
  #held = new Set();
  #sockets = new Set();
  #limit;
  #server;
  #port = 0;
  #fault;
  #watchers = new Set();

  /** `limit`: further connections are reset, as Consul does beyond 200 of one client. */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  get held() {
    return this.#held.size;
  }
  get open() {
    return this.#sockets.size;
  }

  async listen() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.listen({ port: this.#port, host: "127.0.0.1", backlog: 8_192 });
    await once(this.#server, "listening");
    this.#port = this.#server.address().port;
    return this.#port;
  }

  /** Nobody listens any more, and all connections are reset. */
  async close() {
    const closed = once(this.#server.close(), "close");
    this.resetAll();
    await closed;
  }

  resetAll() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** A new version of a service: other ports. Tells when the catalogue was written. */
  write(name) {
    const at = now();
    const service = this.#service(name);
    service.version++;
    service.index = ++this.index;
    for (const hold of this.#held) if (hold.service === service && hold.index < service.index) this.#wake(hold);
    return { at, version: service.version };
  }

  /** All services at once; where nothing changes, only the index does, and what a check has printed. */
  wave(change) {
    const at = now();
    this.index++;
    for (const service of this.#services.values()) {
      service.index = this.index;
      if (change) service.version++;
    }
    for (const hold of this.#held) if (hold.index < this.index) this.#wake(hold);
    return { at };
  }

  /** Restarted without its data directory: indexes are small again. */
  forget() {
    this.index = 5;
    for (const service of this.#services.values()) service.index = this.index;
  }

  async fault(name) {
    await this.#fault?.end?.(this);
    this.#fault = name === undefined ? undefined : faults[name]();
    await this.#fault?.begin?.(this);
  }

  /** Answers all that are held, as if their time were over. */
  release() {
    for (const hold of this.#held) this.#wake(hold);
  }

  /** Resolves when so many requests have come, and so many are held; to false if that takes too long. */
  settled({ requests = 0, held, timeoutMs }) {
    return new Promise((resolve) => {
      const look = () => {
        if (this.requests < requests || (held !== undefined && this.held !== held)) return;
        done(true);
      };
      const done = (result) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(result);
      };
      const timer = setTimeout(done, timeoutMs, false);
      this.#watchers.add(look);
      look();
    });
  }

  /** Writes a good answer. `headers` and `body` replace what would be there; a header that is null is left out. */
  answer(socket, service, { status = "200 OK", headers = {}, body = bodyOf(service, this.index) } = {}) {
    const all = {
      "Content-Type": "application/json",
      Vary: "Accept-Encoding",
      "X-Consul-Index": service.index,
      "X-Consul-Knownleader": "true",
      "X-Consul-Lastcontact": "0",
      "X-Consul-Effective-Consistency": "leader",
      "Content-Length": Buffer.byteLength(body),
      ...headers,
    };
    let head = `HTTP/1.1 ${status}`;
    for (const name in all) if (all[name] !== null) head += `\r\n${name}: ${all[name]}`;
    socket.write(head + END + body);
  }

  #accept(socket) {
    this.connections++;
    if (this.#sockets.size >= this.#limit) {
      this.refused++;
      socket.on("error", () => {});
      return socket.resetAndDestroy();
    }
    this.#sockets.add(socket);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += chunk;
      for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END)) {
        const target = text.slice(text.indexOf(" ") + 1, text.indexOf(" HTTP/1."));
        text = text.slice(end + END.length);
        this.#asked(socket, target);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (socket.hold) this.#drop(socket.hold);
      this.#look();
    });
  }

  #asked(socket, target) {
    this.requests++;
    const service = this.#service(/^\/v1\/health\/service\/([^?]*)/.exec(target)?.[1] ?? target);
    const index = Number(/[?&]index=(\d+)/.exec(target)?.[1] ?? 0);
    const request = { socket, service, index, waitMs: waitOf(target) };
    if (this.#fault?.asked?.(this, request) !== true) this.serve(request);
    this.#look();
  }

  /** As Consul does: at once if the service has moved beyond `index`, and otherwise when it does, or when the time is over. */
  serve({ socket, service, index, waitMs }) {
    if (index === 0 || service.index > index) return this.answer(socket, service);
    const hold = { socket, service, index };
    hold.timer = setTimeout(() => this.#wake(hold), waitMs * (1 + Math.random() / 16));
    socket.hold = hold;
    this.#held.add(hold);
  }

  #wake(hold) {
    this.#drop(hold);
    if (this.#fault?.woken?.(this, hold) !== true) this.answer(hold.socket, hold.service);
  }

  #drop(hold) {
    clearTimeout(hold.timer);
    hold.socket.hold = undefined;
    this.#held.delete(hold);
  }

  #service(name) {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = { name, version: 1, index: this.index };
      this.#services.set(name, service);
    }
    return service;
  }

  #look() {
    for (const look of [...this.#watchers]) look();
  }
}

function waitOf(target) {
  const [, number, unit] = /[?&]wait=(\d+)(ms|s|m)/.exec(target) ?? [];
  return number === undefined ? 300_000 : Number(number) * { ms: 1, s: 1_000, m: 60_000 }[unit];
}

const pieces = JSON.stringify(Array.from({ length: INSTANCES }, (_, i) => entry(i)))
  .replaceAll('"@port@"', "@port@")
  .split("@");

/** Five instances; their port tells the version. `touch` is in the output of a check, and changes no address. */
function bodyOf({ name, version }, touch) {
  const values = { service: name, port: FIRST_PORT + version, touch };
  let body = pieces[0];
  for (let i = 1; i < pieces.length; i += 2) body += values[pieces[i]] + pieces[i + 1];
  return body;
}

function entry(i) {
  const node = `node-${i}`;
  const address = `10.1.10.${i + 1}`;
  const check = (CheckID, ServiceID) => ({
    Node: node,
    CheckID,
    Name: "check",
    Status: "passing",
    Notes: "",
    Output: "HTTP GET /health: 200 OK @touch@",
    ServiceID,
    ServiceName: "@service@",
    ServiceTags: ["prod", "v1"],
    Type: "http",
    Definition: {},
    CreateIndex: 17,
    ModifyIndex: 17,
  });
  return {
    Node: {
      ID: `40e4a748-2192-161a-0510-00000000000${i}`,
      Node: node,
      Address: address,
      Datacenter: "dc1",
      TaggedAddresses: { lan: address, wan: address },
      Meta: { "consul-network-segment": "" },
      CreateIndex: 5,
      ModifyIndex: 7,
    },
    Service: {
      ID: `@service@-${i}`,
      Service: "@service@",
      Tags: ["prod", "v1"],
      Address: address,
      Meta: { version: "1.2.3" },
      Port: "@port@",
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: { MeshGateway: {}, Expose: {} },
      Connect: {},
      CreateIndex: 17,
      ModifyIndex: 17,
    },
    Checks: [check("serfHealth", ""), check(`service:@service@-${i}`, `@service@-${i}`)],
  };
}
