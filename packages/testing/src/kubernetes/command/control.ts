import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cluster } from "./cluster.js";

/** As much as Kubernetes takes in a ConfigMap, in bytes. */
const LARGEST = 1024 * 1024;

const USAGE =
  "GET /, POST /scale?service=NAMESPACE/NAME&to=N, PUT /configmaps/NAMESPACE/NAME/KEY with the text as body";

/** Answers one request of whoever plays the cluster's administrator. JSON throughout. */
export async function control(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://control");
  const tell = (status: number, json: object): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(json)}\n`);
  };
  const method = methodOf(pathname);
  if (method === undefined) return tell(404, { error: `there is no ${pathname}; there are ${USAGE}` });
  if (request.method !== method) return tell(405, { error: `${pathname} is for ${method}` });
  const body = await bodyOf(request);
  if (body === undefined) return tell(413, { error: `a ConfigMap holds at most ${LARGEST} bytes` });
  const problem = pathname === "/" ? undefined : obey(cluster, pathname, searchParams, body);
  if (problem === undefined) tell(200, cluster.state());
  else tell(400, { error: problem });
}

const configMap = /^\/configmaps\/([a-z0-9-]+\/[a-z0-9.-]+)\/([-._a-zA-Z0-9]+)$/;

function methodOf(pathname: string): string | undefined {
  if (pathname === "/") return "GET";
  if (pathname === "/scale") return "POST";
  return configMap.test(pathname) ? "PUT" : undefined;
}

/** What is wrong with the command, if something is. */
function obey(cluster: Cluster, pathname: string, query: URLSearchParams, body: string): string | undefined {
  const [, name = "", key = ""] = configMap.exec(pathname) ?? [];
  if (name !== "") {
    cluster.write(name, key, body);
    return undefined;
  }
  const service = query.get("service") ?? "";
  const most = cluster.most(service);
  if (most === undefined) return `?service= is one of ${cluster.services().join(", ")}`;
  const to = query.get("to") ?? "";
  if (!/^\d{1,6}$/.test(to) || Number(to) > most) return `&to= is a number from 0 to ${most}`;
  cluster.scale(service, Number(to));
  return undefined;
}

/** Undefined: it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST) chunks.push(chunk);
  }
  return size > LARGEST ? undefined : Buffer.concat(chunks).toString("utf8");
}
