// An API server that may be broken, for one contestant: a KubernetesFake behind a relay that a cable can be pulled from.
import process from "node:process";
import { faultyServer, relay } from "@namerkit/testing";
import { KubernetesFake } from "@namerkit/testing/kubernetes";
import { faults } from "./k8s-faults.mjs";

const INSTANCES = 5;
const FIRST_PORT = 1_000;

export class Lane {
  fake = new KubernetesFake();
  version = 1;
  /** Of the slice: another one is another object. */
  name = "service0-1";
  #fault;

  async listen() {
    const api = await this.fake.listen();
    this.fake.apply("namespaces", { metadata: { name: "prod" } });
    this.fake.apply("services", {
      metadata: { namespace: "prod", name: "service0" },
      spec: { ports: [{ name: "http", port: 80, protocol: "TCP" }] },
    });
    this.apply();
    this.relay = relay(api.url);
    this.server = await faultyServer(this.relay);
    return this.server.port;
  }

  /** The slice as it is now. Its port tells the version. */
  apply() {
    this.fake.apply("endpointslices", {
      metadata: { namespace: "prod", name: this.name, labels: { "kubernetes.io/service-name": "service0" } },
      addressType: "IPv4",
      endpoints: Array.from({ length: INSTANCES }, (_, i) => ({
        addresses: [`10.0.0.${i + 1}`],
        conditions: { ready: true },
      })),
      ports: [{ name: "http", port: FIRST_PORT + this.version, protocol: "TCP" }],
    });
  }

  write() {
    const at = Number(process.hrtime.bigint()) / 1e6;
    this.version++;
    this.apply();
    return { at, version: this.version };
  }

  async fault(name) {
    await this.#fault?.end?.(this);
    this.#fault = name === undefined ? undefined : faults[name]();
    await this.#fault?.begin(this);
  }

  counts() {
    return { requests: this.server.requestCount, connections: this.server.connectionCount, held: this.fake.watches() };
  }

  /** True when so many requests have come and so many watches are open; false if that takes too long. */
  async settled({ requests = 0, held = 0, timeoutMs }) {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const now = this.counts();
      if (now.requests >= requests && now.held >= held) return true;
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
