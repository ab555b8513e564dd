// What runs in the migration demo, whoever runs it: processes of this machine, or the containers of examples/migration/docker-compose.yml, which
// a test holds against this table.

/**
 * @typedef {object} Layout Where things are: all in which the ways to run the demo differ.
 * @property {(name: string) => string} called how the other parts call a part
 * @property {(name: string) => string} bound what a part listens on
 * @property {(name: string) => string} self how a part calls itself
 * @property {(name: string) => number} port the port of a part; also "admin", "rancher-control" and "kubernetes-control"
 * @property {(name: string) => string} file where a file of examples/ is
 * @property {string} stacks what Rancher tells of
 * @property {string} cluster what Kubernetes tells of
 * @property {string} config the proxy's configuration
 */

export const old = ["old-1", "old-2"];
export const pods = ["new-1", "new-2", "new-3"];

const own = (at, name, port = name, path = "/") => `http://${at.self(name)}:${at.port(port)}${path}`;
const listening = (at, name) => `${at.bound(name)}:${at.port(name)}`;
const reached = (at, name) => `${at.called(name)}:${at.port(name)}`;
const listeningWith = (at, name) => [
  ...["--host", at.bound(name), "--port", String(at.port(name))],
  ...["--control-port", String(at.port(`${name}-control`))],
];

/** @type {import("../demos/processes.mjs").Part} */
const rancher = {
  name: "rancher-metadata",
  after: [],
  command: (at) => ["mock-metadata", at.stacks, ...listeningWith(at, "rancher-metadata")],
  health: (at) => own(at, "rancher-metadata", "rancher-metadata-control"),
};

/** @type {import("../demos/processes.mjs").Part} */
const kubernetes = {
  name: "kubernetes",
  // Not that it needs Rancher: the one image is built there.
  after: ["rancher-metadata"],
  command: (at) => ["kubernetes-fake", at.cluster, ...listeningWith(at, "kubernetes")],
  health: (at) => own(at, "kubernetes", "kubernetes-control"),
};

/** @type {import("../demos/processes.mjs").Part} */
const proxy = {
  name: "proxy",
  after: ["rancher-metadata", "kubernetes"],
  command: (at) => ["namerkit", "proxy", at.config],
  health: (at) => own(at, "proxy", "admin", "/readyz"),
};

/** Not part of the demo without containers, which has a client that judges each answer. @type {import("../demos/processes.mjs").Part} */
const client = {
  name: "client",
  after: ["proxy", ...old, ...pods],
  command: (at) => ["node", at.file("rancher/steady-client.mjs"), reached(at, "proxy"), listening(at, "client"), "web"],
  health: (at) => own(at, "client"),
};

/** @type {readonly import("../demos/processes.mjs").Part[]} */
export const parts = [
  rancher,
  kubernetes,
  proxy,
  client,
  ...[...old, ...pods].map((name) => ({
    name,
    after: ["rancher-metadata"],
    command: (at) => ["node", at.file("consul/instance.mjs"), name, listening(at, name)],
    health: (at) => own(at, name),
  })),
];

const composePorts = {
  "rancher-metadata": 80,
  "rancher-metadata-control": 8081,
  kubernetes: 8001,
  "kubernetes-control": 8082,
  proxy: 4140,
  admin: 9990,
  client: 8083,
};

/** As in examples/migration/docker-compose.yml. @type {Layout} */
export const composeLayout = {
  called: (name) => name,
  bound: () => "0.0.0.0",
  self: () => "127.0.0.1",
  port: (name) => composePorts[name] ?? 8080,
  file: (name) => `/examples/${name}`,
  stacks: "/examples/migration/stacks.yaml",
  cluster: "/examples/migration/cluster.json",
  config: "/examples/migration/linkerd.yaml",
};

/** The addresses that the catalogues tell of, and docker-compose.yml gives. */
export const network = "10.42.78";
export const hosts = {
  "rancher-metadata": 2,
  proxy: 3,
  client: 4,
  kubernetes: 5,
  "old-1": 11,
  "old-2": 12,
  "new-1": 21,
  "new-2": 22,
  "new-3": 23,
};
