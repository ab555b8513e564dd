// The contestants: each watches services of a Consul on 127.0.0.1, by passing health, and tells of the addresses it has for one as often as it has
// news. `tell(service, instances)`: instances have `ip` and `port`; undefined where there is nothing to be had.

import { consulNamer } from "@namerkit/consul";
import { addressesOf, Path } from "@namerkit/core";
import Consul from "consul";
import { Pool } from "undici";

const instancesOf = (entries) =>
  entries.map(({ Node, Service }) => ({ ip: Service.Address || Node.Address, port: Service.Port }));

/** Ours, with as many connections as names. */
const namer = (options) => (port, tell) => {
  const one = consulNamer({ host: "127.0.0.1", port, useHealthCheck: true, lingerMs: 0, ...options });
  return (service) =>
    addressesOf(one, Path.of(".local", service)).observe((addr) => {
      if (addr.type === "bound") tell(service, addr.addresses);
      else if (addr.type !== "pending") tell(service, undefined);
    });
};

/** As its README has it, with a listener for errors, without which the first one ends the process. */
const npm = () => (port, tell) => {
  const consul = new Consul({ host: "127.0.0.1", port });
  return (service) => {
    const watch = consul.watch({ method: consul.health.service, options: { service, passing: true } });
    watch.on("change", (entries) => tell(service, instancesOf(entries)));
    watch.on("error", () => {});
  };
};

/** What anybody would write at first: no care about anything, and so as cheap as it gets. Ends with the first error. */
const bare = () => (port, tell) => {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: null, headersTimeout: 0, bodyTimeout: 0 });
  return (service) => {
    const path = `/v1/health/service/${service}?passing=1`;
    const ask = (index) => {
      const query = index === undefined ? path : `${path}&index=${index}&wait=60s`;
      pool.dispatch({ path: query, method: "GET" }, new Reading(answered));
    };
    const answered = (error, index, entries) => {
      if (error !== undefined) return setTimeout(ask, 1_000);
      tell(service, instancesOf(entries));
      // Not before, or undici takes another connection: the one that has just answered is not free yet.
      setImmediate(ask, index);
    };
    ask();
  };
};

class Reading {
  #done;
  #index;
  #chunks = [];
  constructor(done) {
    this.#done = done;
  }
  onRequestStart() {}
  onResponseStart(_controller, _status, headers) {
    this.#index = headers["x-consul-index"];
  }
  onResponseData(_controller, chunk) {
    this.#chunks.push(chunk);
  }
  onResponseEnd() {
    const text = this.#chunks.length === 1 ? this.#chunks[0].toString() : Buffer.concat(this.#chunks).toString();
    this.#done(undefined, this.#index, JSON.parse(text));
  }
  onResponseError(_controller, error) {
    this.#done(error);
  }
}

/** Each: (port, tell) => (service) => void. */
export const contestants = {
  namerkit: namer({}),
  "namerkit, a connection per name": namer({ maxConnections: 2_400 }),
  "consul npm": npm(),
  "undici, bare loop": bare(),
};
