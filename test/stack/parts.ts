/** The ports that the parts listen on. */
export interface Ports {
  readonly metadata: number;
  readonly control: number;
  readonly container: number;
  readonly proxy: number;
  readonly admin: number;
  readonly client: number;
}

/** Where things are, in one of the ways to run the stack: all in which these differ. */
export interface Layout {
  /** The first three numbers of everybody's address; the fourth is the part's `host`. */
  readonly network: string;
  /** How the other parts call a part. */
  readonly called: (part: Part) => string;
  /** What a part listens on. */
  readonly bound: (part: Part) => string;
  /** How a part calls itself. */
  readonly self: (part: Part) => string;
  readonly ports: Ports;
  /** Where a file of examples/rancher is. */
  readonly file: (name: string) => string;
  /** The proxy's configuration. */
  readonly config: string;
}

/** One of the processes, or containers, that the stack consists of. */
export interface Part {
  readonly name: string;
  /** The last number of its address. */
  readonly host: number;
  /** The parts that have to be healthy before it starts. */
  readonly after: readonly string[];
  command(at: Layout): readonly string[];
  /** Answers 2xx when the part is healthy. */
  health(at: Layout): string;
}

const metadata: Part = {
  name: "rancher-metadata",
  host: 2,
  after: [],
  command(at) {
    const ports = ["--port", String(at.ports.metadata), "--control-port", String(at.ports.control)];
    return ["mock-metadata", at.file("stacks.yaml"), "--host", at.bound(this), ...ports];
  },
  health(at) {
    return `http://${at.self(this)}:${at.ports.control}/`;
  },
};

const proxy: Part = {
  name: "proxy",
  host: 3,
  after: [metadata.name],
  command: (at) => ["namerkit", "proxy", at.config],
  health(at) {
    return `http://${at.self(this)}:${at.ports.admin}/readyz`;
  },
};

const container = (service: string, index: number, host: number): Part => ({
  name: `${service}-${index}`,
  host,
  after: [metadata.name],
  command(at) {
    const address = `${at.bound(this)}:${at.ports.container}`;
    return ["node", at.file("container.mjs"), `sample-stack-${this.name}`, address];
  },
  health(at) {
    return `http://${at.self(this)}:${at.ports.container}/`;
  },
});

/** What the catalogue may tell of. All of them run all the time. */
export const containers: readonly Part[] = [
  container("sample-service1", 1, 11),
  container("sample-service1", 2, 12),
  container("sample-service2", 1, 21),
  container("sample-service2", 2, 22),
  container("sample-service2", 3, 23),
  container("sample-service2", 4, 24),
  container("sample-service2", 5, 25),
];

const client: Part = {
  name: "client",
  host: 4,
  after: [proxy.name, "sample-service1-1", "sample-service1-2", "sample-service2-1"],
  command(at) {
    const from = `${at.called(proxy)}:${at.ports.proxy}`;
    return ["node", at.file("steady-client.mjs"), from, `${at.bound(this)}:${at.ports.client}`, "sample", "fallback"];
  },
  health(at) {
    return `http://${at.self(this)}:${at.ports.client}/`;
  },
};

export const named = { metadata, proxy, client };

/** The one table of what runs, whoever runs it. */
export const parts: readonly Part[] = [metadata, proxy, client, ...containers];

export function addressOf(part: Part, at: Layout): string {
  return `${at.network}.${part.host}`;
}

/** As in examples/rancher/docker-compose.yml. */
export const composeLayout: Layout = {
  network: "10.42.77",
  called: (part) => part.name,
  bound: () => "0.0.0.0",
  self: () => "127.0.0.1",
  ports: { metadata: 80, control: 8081, container: 80, proxy: 4140, admin: 9990, client: 8082 },
  file: (name) => `/example/${name}`,
  config: "/config.yaml",
};
