import { isIPv6 } from "node:net";
import { createHttp, type HttpAnswer } from "@namerkit/watch";
import type { TransportConfig } from "./config.js";
import { withParameters } from "./query.js";
import type { AskOptions, ConsulAnswer, ConsulTransport, TransportEnv } from "./transport.js";

const MAX_BYTES = 256 * 1024 * 1024;
const WAIT_MS = 60_000;

export function createTransport(config: TransportConfig, env: TransportEnv): ConsulTransport {
  const { host = "localhost", port = 8500, token, namespace, partition, consistencyMode = "default" } = config;
  const first = (typeof host === "string" ? host : host[0]) ?? "localhost";
  const base = `http://${isIPv6(first) ? `[${first}]` : first}:${port}`;
  const http = createHttp(env, {
    connections: config.maxConnections ?? 128,
    headers: token === undefined ? {} : { "x-consul-token": token },
  });
  const common = {
    ns: namespace,
    partition,
    ...(consistencyMode !== "default" && { [consistencyMode]: "true" }),
  };
  return {
    async get(pathAndQuery, { signal, deadlineMs, expect = [], request, maxBytes = MAX_BYTES }: AskOptions) {
      const url = base + withParameters(pathAndQuery, common);
      const answering = http.request(url, { signal, deadlineMs, expect, maxBytes });
      request?.(`GET ${url}`);
      return consulAnswer(await answering, 1);
    },
    waitMs: () => config.waitMs ?? WAIT_MS,
    hold: (signal) => http.hold(signal),
    state: () => ({ epoch: 1, agents: [{ address: base, inUse: true }] }),
    close: () => http.close(),
    [Symbol.dispose]: () => http.close(),
  };
}

function consulAnswer(answer: HttpAnswer, epoch: number): ConsulAnswer {
  const { status, request } = answer;
  const hasIndex = status === 200 || status === 404;
  return {
    status,
    request,
    epoch,
    index: hasIndex ? answer.header("x-consul-index") : undefined,
    header: (name) => answer.header(name),
    text: () => answer.text(),
    json: () => answer.json(),
  };
}
