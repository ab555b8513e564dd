import { createRegistry, loadConfig } from "@namerkit/config";
import {
  Activity,
  Addr,
  type Address,
  corePlugins,
  defineNamer,
  Name,
  NameTree,
  type Plugin,
  Var,
} from "@namerkit/core";
import { expect } from "vitest";
import { proxyPlugins } from "../src/plugins.js";
import { startProxy } from "../src/start.js";
import { exchange, RawServer } from "./kit.js";

/** A namer that knows these names, each with a port at the loopback; `opened` has those that are being watched. */
export function known(kind: string, names: Readonly<Record<string, number>>, opened: string[] = []): Plugin {
  return defineNamer({
    kind,
    create: (_options, { prefix }) => ({
      lookup: (path) => {
        const port = path.size > 0 ? names[path.at(0)] : undefined;
        if (port === undefined) return Activity.value(NameTree.neg);
        const addresses: Address[] = [{ ip: "127.0.0.1", port, weight: 1, meta: {} }];
        const addr = Var.async<Addr>(Addr.pending, (set, signal) => {
          opened.push(path.at(0));
          signal.addEventListener("abort", () => opened.splice(opened.indexOf(path.at(0)), 1));
          set(Addr.bound(addresses));
        });
        return Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr)));
      },
    }),
  }) as Plugin;
}

export interface Configured extends Disposable {
  readonly port: number;
  readonly admin: number;
  /** Sends these bytes, and gives what came back. */
  ask(bytes: string): Promise<string>;
}

/** A whole proxy out of a configuration: one router, without its `protocol` and `servers`, and what comes before `routers`. */
export async function configured(router: string, top = "", plugins: readonly Plugin[] = []): Promise<Configured> {
  const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins, ...plugins] });
  const lines = router.trim().split("\n");
  const text = `admin: { port: 0 }
${top}
routers:
- protocol: http
  servers: [{ port: 0 }]
${lines.map((line) => `  ${line}`).join("\n")}
`;
  const { plan, problems } = await loadConfig({ text, file: "test.yaml", baseDir: "." }, registry);
  expect(problems).toEqual([]);
  if (plan === undefined) throw new Error("no plan");
  const proxy = await startProxy(plan);
  const port = proxy.servers[0]?.port ?? 0;
  return {
    port,
    admin: proxy.admin.port,
    ask: async (bytes) => (await exchange(port, bytes)).text,
    [Symbol.dispose]: () => proxy.close(),
  };
}

/** An endpoint that answers 200 with its name, and the last head that it has got. */
export async function endpoint(name: string) {
  let head = "";
  const server = await RawServer.start((socket, soFar) => {
    if (!soFar.endsWith("\r\n\r\n")) return;
    head = soFar.slice(soFar.lastIndexOf("\r\n\r\n", soFar.length - 5) + 1).trimStart();
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`);
  });
  return {
    port: server.address.port,
    /** The value of a header as it came, or the first line without a name. */
    got(header?: string): string | undefined {
      if (header === undefined) return head.split("\r\n")[0];
      return new RegExp(`^${header}: (.*?)\r?$`, "im").exec(head)?.[1];
    },
    get head() {
      return head;
    },
    sockets: server.sockets,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
