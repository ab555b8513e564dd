import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isNamerError, messageOf, NamerError } from "@namerkit/core";
import type { Metadata } from "./metadata.js";
import { type Service, serviceName } from "./world.js";

/** What may be told over HTTP: POST /<name>?service=stack/service&… */
const calls: Readonly<Record<string, (metadata: Metadata, query: URLSearchParams) => void | Promise<void>>> = {
  scale: (metadata, query) => metadata.scale(text(query, "service"), whole(query, "to") as number),
  stop: (metadata, query) => metadata.stop(text(query, "service")),
  start: (metadata, query) => metadata.start(text(query, "service")),
  health: (metadata, query) => {
    const state = text(query, "state");
    metadata.health(text(query, "service"), state === "none" ? null : state, whole(query, "container", true));
  },
  reload: (metadata) => metadata.reload(),
  unload: (metadata) => metadata.unload(),
  restart: async (metadata, query) => {
    const downMs = whole(query, "downMs", true);
    // Answered at once: who restarts a server does not wait for it.
    metadata.restart(downMs === undefined ? {} : { downMs }).catch(() => {});
  },
};

/** Answers a control call; GET / lists what runs and what can be called. */
export async function control(metadata: Metadata, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const name = url.pathname.slice(1);
  if (request.method === "GET" && name === "") return Response.json(overview(metadata));
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined)
    return problem(404, "MOCK_UNKNOWN", `no control call "${name}"; there are: ${Object.keys(calls).join(", ")}`);
  if (request.method !== "POST") return problem(405, "MOCK_CONTROL", `${name} is called with POST`);
  try {
    await call(metadata, url.searchParams);
    return Response.json(overview(metadata));
  } catch (error) {
    const code = isNamerError(error) ? error.code : "MOCK_CONTROL";
    return problem(code === "MOCK_UNKNOWN" ? 404 : 400, code, messageOf(error));
  }
}

/** The control API on a socket of its own, so that what is watched cannot change itself. */
export async function listenControl(metadata: Metadata, host: string, port: number) {
  const server = createServer((request, response) => {
    request.resume();
    const url = new URL(`http://control${request.url ?? "/"}`);
    control(metadata, new Request(url, { method: request.method === "POST" ? "POST" : "GET" }))
      .then(async (answer) => {
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(`${await answer.text()}\n`);
      })
      .catch((error: unknown) => response.destroy(new Error(messageOf(error))));
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      server.close();
      server.closeAllConnections();
    },
  };
}

function overview(metadata: Metadata): object {
  return {
    version: metadata.version,
    online: metadata.online.sample(),
    waiting: metadata.waiting,
    services: Object.fromEntries(metadata.world.services.map((service) => [serviceName(service), summary(service)])),
  };
}

function summary(service: Service): object {
  return {
    state: service.state,
    scale: service.scale,
    containers: service.containers.map(({ name, ip, state, health }) => ({ name, ip, state, health })),
  };
}

function text(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === "") throw new NamerError("MOCK_CONTROL", `the parameter "${name}" is missing`);
  return value;
}

function whole(query: URLSearchParams, name: string, optional = false): number | undefined {
  const value = query.get(name);
  if (value === null && optional) return undefined;
  if (value === null || !/^\d{1,9}$/.test(value)) {
    throw new NamerError("MOCK_CONTROL", `the parameter "${name}" must be a whole number, not "${value ?? ""}"`);
  }
  return Number(value);
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
