// What runs in the Consul demo, whoever runs it: processes of this machine, or the containers of examples/consul/docker-compose.yml, which a
// test holds against this table.

/**
 * @typedef {object} Layout Where things are: all in which the ways to run the demo differ.
 * @property {(name: string) => string} called how the other parts call a part
 * @property {string} bound what all parts listen on
 * @property {string} self how a part calls itself
 * @property {(name: string) => number} port the port of a part; of the proxy, also that of "admin"
 * @property {(name: string) => string} file where a file of examples/ is
 * @property {readonly string[]} consulFlags what else the agent needs to be told
 * @property {string} instances the file of the instances there are
 * @property {string} config the proxy's configuration
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {readonly string[]} after the parts that have to be healthy before it starts
 * @property {(at: Layout) => readonly string[]} command
 * @property {(at: Layout) => string} health a URL that is answered with 2xx when the part is healthy
 */

/** In the order of examples/consul/instances.json. */
export const instances = [
  "sample-service1-1",
  "sample-service1-2",
  "sample-service2-1",
  "sample-service2-2",
  "sample-service2-3",
];

const own = (at, name, path = "/") => `http://${at.self}:${at.port(name)}${path}`;
const listening = (at, name) => `${at.bound}:${at.port(name)}`;
const reached = (at, name) => `${at.called(name)}:${at.port(name)}`;

/** @type {Part} */
const consul = {
  name: "consul",
  after: [],
  command: (at) => [
    "consul",
    "agent",
    "-dev",
    `-client=${at.bound}`,
    `-http-port=${at.port("consul")}`,
    "-dns-port=-1",
    "-node=consul",
    "-log-level=warn",
    ...at.consulFlags,
  ],
  // Answers with 500 as long as there is no leader.
  health: (at) => own(at, "consul", "/v1/catalog/services"),
};

/** @type {Part} */
const registrar = {
  name: "registrar",
  after: ["consul"],
  command: (at) => [
    "node",
    at.file("consul/registrar.mjs"),
    reached(at, "consul"),
    at.instances,
    listening(at, "registrar"),
  ],
  health: (at) => own(at, "registrar"),
};

/** @type {Part} */
const proxy = {
  name: "proxy",
  after: ["registrar"],
  command: (at) => ["namerkit", "proxy", at.config],
  health: (at) => own(at, "admin", "/readyz"),
};

/** Not part of the demo without containers, which has a client that judges each answer. @type {Part} */
const client = {
  name: "client",
  after: ["proxy", "sample-service1-1", "sample-service1-2", "sample-service2-1"],
  command: (at) => [
    "node",
    at.file("rancher/steady-client.mjs"),
    reached(at, "proxy"),
    listening(at, "client"),
    "sample",
    "fallback",
  ],
  health: (at) => own(at, "client"),
};

/** @type {readonly Part[]} */
export const parts = [
  consul,
  registrar,
  proxy,
  client,
  ...instances.map((name) => ({
    name,
    after: ["registrar"],
    command: (at) => ["node", at.file("consul/instance.mjs"), name, listening(at, name)],
    health: (at) => own(at, name),
  })),
];

/** As in examples/consul/docker-compose.yml. @type {Layout} */
export const composeLayout = {
  called: (name) => name,
  bound: "0.0.0.0",
  self: "127.0.0.1",
  port: (name) => ({ consul: 8500, registrar: 8081, proxy: 4140, admin: 9990, client: 8082 })[name] ?? 8080,
  file: (name) => `/examples/${name}`,
  consulFlags: [],
  instances: "/examples/consul/instances.json",
  config: "/examples/consul/linkerd.yaml",
};
