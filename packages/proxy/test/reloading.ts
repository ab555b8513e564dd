import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { createRegistry, loadConfig, type Plan } from "@namerkit/config";
import {
  Activity,
  Addr,
  address,
  type Clock,
  type Closable,
  closable,
  corePlugins,
  defineNamer,
  defineTelemeter,
  memoryMetrics,
  Name,
  type Namer,
  NameTree,
  type Plugin,
  systemClock,
  Var,
} from "@namerkit/core";
import { recordingLog } from "@namerkit/core/testing";
import { proxyPlugins } from "../src/plugins.js";
import { type ProxyOptions, startProxy } from "../src/start.js";
import { closedPort } from "./kit.js";

/** What became of namers of kind x.ports, each under the `name` of its entry. */
export class Catalogue {
  made: string[] = [];
  /** Told by `env.shutdown`. */
  ended: string[] = [];
  watched: string[] = [];
  watching = 0;
  /** The namers themselves, as long as anybody has them. */
  readonly alive: WeakRef<object>[] = [];

  /** What telemeters of kind x.teller have been told, and told last. */
  readonly told: string[] = [];
  readonly telemeter = defineTelemeter<{ name: string }>({
    kind: "x.teller",
    config: { "~standard": { version: 1, vendor: "test", validate: named } },
    create: ({ name }) => ({
      observer: { finished: ({ target }) => void this.told.push(`${name} ${target}`) },
      drain: async () => void this.told.push(`${name} drained`),
      close: () => void this.told.push(`${name} closed`),
    }),
  }) as Plugin;

  /** `/<port>` is an endpoint on 127.0.0.1; an entry named `broken` cannot be made. */
  readonly plugin = defineNamer<{ name: string }>({
    kind: "x.ports",
    config: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: named,
      },
    },
    create: ({ name }, { prefix, shutdown }) => {
      if (name === "broken") throw new Error("this namer cannot be made");
      this.made.push(name);
      shutdown?.addEventListener("abort", () => this.ended.push(name));
      const namer: Namer = {
        lookup: (path) => {
          if (path.isEmpty) return Activity.value(NameTree.neg);
          const port = path.at(0);
          const addr = Var.async<Addr>(Addr.pending, (set, signal) => {
            this.watched.push(`${name} ${port}`);
            this.watching++;
            signal.addEventListener("abort", () => this.watching--);
            set(Addr.bound([address("127.0.0.1", Number(port))]));
          });
          return Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr)));
        },
      };
      this.alive.push(new WeakRef(namer));
      return namer;
    },
  }) as Plugin;
}

function named(value: unknown): { value: { name: string } } {
  return { value: { name: String((value as { name?: unknown }).name ?? "one") } };
}

/** A proxy from configuration texts. */
export async function reloading(first: string, options: ProxyOptions = {}) {
  const catalogue = new Catalogue();
  const builtIn = [...corePlugins, ...proxyPlugins, catalogue.plugin, catalogue.telemeter];
  const registry = createRegistry({ builtIn });
  const load = (text: string) => loadConfig({ text, file: "test.yaml", baseDir: "." }, registry);
  const planOf = async (text: string): Promise<Plan> => {
    const { plan, problems } = await load(text);
    if (plan === undefined) throw new Error(JSON.stringify(problems));
    return plan;
  };
  const metrics = memoryMetrics();
  const log = recordingLog();
  const file = { text: first, reads: 0 };
  const readPlan = () => {
    file.reads++;
    return load(file.text);
  };
  const proxy = await startProxy(await planOf(first), { metrics, log, readPlan, ...options });
  return {
    proxy,
    catalogue,
    metrics,
    log,
    file,
    planOf,
    get port() {
      return proxy.servers[0]?.port ?? 0;
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
    },
  };
}

/** The status and body of GET / as web, or the error that there was instead. */
export function ask(port: number, agent: Agent | false = false, path = "/"): Promise<string> {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, path, agent, headers: { host: "web" } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(`${response.statusCode} ${body}`));
      response.on("error", (error) => resolve(error.message));
    });
    asked.on("error", (error) => resolve(error.message));
  });
}

export function keepAlive(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

/** Answers with its name; /slow only when told to. */
export async function endpoint(name: string) {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    const answer = () => response.end(name);
    if (request.url === "/slow") held.push(answer);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    held,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One router, out, whose /svc/web is the endpoint at port `to`. */
export const config = ({
  to = 1,
  server = "{ port: 0 }",
  namer = "{ kind: x.ports }",
  admin = "",
  more = "",
}: {
  to?: number;
  server?: string;
  namer?: string;
  admin?: string;
  more?: string;
}) => `admin: { port: 0${admin} }
namers: [${namer}]
routers:
- protocol: http
  label: out
  dtab: /svc/web => /#/x.ports/${to}
  servers: [${server}]
${more}`;

/** Knows how many timers have been set and are neither over nor closed. */
export class CountingClock implements Clock {
  waiting = 0;
  now = () => systemClock.now();
  wall = () => systemClock.wall();
  sleep: Clock["sleep"] = (ms, signal) => systemClock.sleep(ms, signal);
  after(ms: number, fn: () => void): Closable {
    this.waiting++;
    const done = closable(() => this.waiting--);
    const timer = systemClock.after(ms, () => {
      done.close();
      fn();
    });
    return closable(() => {
      done.close();
      timer.close();
    });
  }
}

export async function freePort(): Promise<number> {
  return (await closedPort()).port;
}
