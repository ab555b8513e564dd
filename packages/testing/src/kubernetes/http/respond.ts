import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { KubernetesAnswer, KubernetesRequest } from "./answer.js";

export interface Answering {
  handle(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesAnswer>;
}

/** Answers one request that has come over a socket; a watch goes on until either side ends it. */
export async function respond(
  api: Answering,
  request: KubernetesRequest,
  response: ServerResponse,
  socket: Socket,
): Promise<void> {
  const gone = new AbortController();
  const left = (): void => gone.abort();
  socket.once("close", left);
  try {
    const answer = await api.handle(request, gone.signal);
    if (gone.signal.aborted) return;
    response.writeHead(answer.status, { ...answer.headers });
    if ("body" in answer) {
      response.end(answer.body);
      return;
    }
    // The head comes at once, though nothing may follow for long.
    response.flushHeaders();
    const watch = answer.watch({
      write: (text) => void response.write(text),
      end: () => void response.end(),
      reset: () => socket.resetAndDestroy(),
    });
    response.once("close", () => watch.close());
  } finally {
    socket.off("close", left);
  }
}
