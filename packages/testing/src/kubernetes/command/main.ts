import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { parseArgs } from "node:util";
import { messageOf } from "@namerkit/core";
import type { KubernetesRequest } from "../http/answer.js";
import { respond } from "../http/respond.js";
import { Cluster } from "./cluster.js";
import { control } from "./control.js";
import { parseCluster } from "./description.js";

const USAGE = `usage: kubernetes-fake CLUSTER.json [--host IP] [--port N] [--control-port N]

Serves the part of the Kubernetes API that is for reading and watching, for the services and ConfigMaps that the file describes. It knows no
tokens and no TLS. --host: 127.0.0.1; --port: 8001, as of kubectl proxy; 0 is any free port.
--control-port: POST /scale?service=NAMESPACE/NAME&to=N, PUT /configmaps/NAMESPACE/NAME/KEY; GET / tells what there is.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = parsed();
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await serve(options);
    return 0;
  } catch (error) {
    complain(error);
    return 1;
  }
}

interface Options {
  readonly help: boolean;
  readonly file: string;
  readonly host: string;
  readonly port: number;
  readonly controlPort: number | undefined;
}

/** Until somebody asks the process to stop. */
async function serve({ file, host, port, controlPort }: Options): Promise<void> {
  const stop = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const cluster = new Cluster(parseCluster(await readFile(file, "utf8"), file));
  const servers: Server[] = [];
  try {
    const listen = async (what: string, at: number, listener: RequestListener): Promise<void> => {
      const server = createServer(listener);
      servers.push(server);
      server.listen(at, host);
      await once(server, "listening");
      const { port: real } = server.address() as AddressInfo;
      process.stdout.write(`serving ${what} on http://${host.includes(":") ? `[${host}]` : host}:${real}\n`);
    };
    await listen("the API", port, (request, response) => {
      request.resume();
      const headers = request.headers as KubernetesRequest["headers"];
      const asked = { method: request.method ?? "", target: request.url ?? "", headers };
      respond(cluster.fake, asked, response, request.socket).catch(complain);
    });
    if (controlPort !== undefined) {
      await listen("control", controlPort, (request, response) => {
        control(cluster, request, response).catch((error: unknown) => {
          complain(error);
          response.destroy();
        });
      });
    }
    await stop;
  } finally {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await cluster.fake[Symbol.asyncDispose]();
  }
}

function parsed(): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: {
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8001" },
        "control-port": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
      allowPositionals: true,
    });
    const { help, host } = values;
    const [file = "", ...more] = positionals;
    const port = portOf(values.port);
    const controlPort = values["control-port"] === undefined ? undefined : portOf(values["control-port"]);
    const complete = file !== "" && more.length === 0;
    if (port === undefined || (values["control-port"] !== undefined && controlPort === undefined)) return undefined;
    return help || complete ? { help, file, host, port, controlPort } : undefined;
  } catch (error) {
    complain(error);
    return undefined;
  }
}

function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function complain(error: unknown): void {
  process.stderr.write(`kubernetes-fake: ${messageOf(error)}\n`);
}
