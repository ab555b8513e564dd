import { once } from "node:events";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request on a connection of its own, with any Host header; fetch would not let us choose it. */
export function ask(
  server: URL,
  options: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<Answer> {
  const { method = "GET", path = "/", headers = {}, body: sent } = options;
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: server.hostname, port: server.port, method, path, headers, agent: false, timeout: 20_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    asking.on("timeout", () => asking.destroy(new Error("no answer within 20 s")));
    asking.on("error", reject);
    asking.end(sent);
  });
}

/** The body of `GET /` with the given Host header, from a server on 127.0.0.1. */
export function get(port: number, host: string, path = "/"): Promise<Answer> {
  return ask(new URL(`http://127.0.0.1:${port}/`), { path, headers: { host } });
}

/** A web server, on a free port of 127.0.0.1 unless told otherwise. */
export async function serve(
  listener: RequestListener,
  { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<{ readonly port: number; close(): void } & AsyncDisposable> {
  const server: Server = createServer(listener);
  server.listen(port, host);
  await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return {
    port: (server.address() as AddressInfo).port,
    close,
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}
